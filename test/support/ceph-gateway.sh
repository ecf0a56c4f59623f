#!/bin/bash
# A real S3 service for test/storage/s3-ceph.test.ts: Ceph's object gateway with one monitor and one object store, on this machine alone.
#
#   eval "$(test/support/ceph-gateway.sh start FOLDER)"    prints where it is and its keys, as shell assignments
#   test/support/ceph-gateway.sh stop FOLDER               ends it and removes the folder
#
# Needs root and: apt-get install -y --no-install-recommends radosgw ceph-mon ceph-osd ceph-common
# Everything is kept in memory (some 300 MB) and in FOLDER, which must not exist yet, and listens on the loopback only.
set -euo pipefail
export LC_ALL=C

usage() { sed -n '4,5s/^# *//p' "$0" >&2; exit 2; }
[ $# -eq 2 ] || usage
verb=$1
home=$(realpath -m "$2")
conf=$home/ceph.conf

# Runs a daemon that outlives us and holds none of our files open; remembers its process id.
daemon() {
  local name=$1; shift
  setsid "$@" -f -c "$conf" </dev/null >"$home/$name.log" 2>&1 &
  echo $! >"$home/$name.pid"
}

# Tries until it works, at most so many tenths of a second.
await() {
  local tries=$1; shift
  for ((; tries > 0; tries--)); do "$@" >/dev/null 2>&1 && return; sleep 0.1; done
  echo "ceph-gateway.sh: gave up waiting for: $*" >&2
  tail -n 5 "$home"/*.log >&2
  return 1
}

ceph_() { timeout 60 ceph -c "$conf" --connect-timeout 20 "$@"; }
osd_up() { ceph_ osd stat | grep -q '1 up'; }
free_ports() {
  node -e 'const net = require("node:net"); const held = [0, 1].map(() => net.createServer().listen(0, "127.0.0.1"));
    setTimeout(() => { console.log(held.map((server) => server.address().port).join(" ")); process.exit(); }, 50);'
}
secret() { od -An -N20 -tx1 /dev/urandom | tr -d ' \n'; }

stop() {
  local name pid
  for name in gateway osd mon; do
    pid=$(cat "$home/$name.pid" 2>/dev/null) || continue
    kill "$pid" 2>/dev/null || true
    for ((tries = 50; tries > 0; tries--)); do kill -0 "$pid" 2>/dev/null || break; sleep 0.1; done
    kill -9 "$pid" 2>/dev/null || true
  done
  rm -rf "$home"
}

start() {
  local fsid osd port monitor_port key=photolog key_secret
  mkdir "$home"
  trap 'stop' ERR
  fsid=$(cat /proc/sys/kernel/random/uuid)
  osd=$(cat /proc/sys/kernel/random/uuid)
  key_secret=$(secret)
  read -r port monitor_port < <(free_ports)
  cat >"$conf" <<EOF
[global]
fsid = $fsid
mon_host = v2:127.0.0.1:$monitor_port
public_network = 127.0.0.0/8
ms_bind_msgr1 = false
ms_bind_ipv6 = false
auth_cluster_required = none
auth_service_required = none
auth_client_required = none
# Without keys there is nothing to encrypt with.
ms_mon_client_mode = crc
log_file = $home/\$name.ceph.log
run_dir = $home
admin_socket = $home/\$name.asok
crash_dir = $home
# One copy of everything, on the one store there is; and no giving up on it when a busy machine makes it late.
osd_pool_default_size = 1
osd_pool_default_min_size = 1
osd_pool_default_pg_num = 8
osd_pool_default_pg_autoscale_mode = off
osd_pool_default_read_lease_ratio = 1000
osd_crush_chooseleaf_type = 0
mon_allow_pool_size_one = true
mon_max_pg_per_osd = 2000
mon_data_avail_crit = 1
[mon]
mon_data = $home/mon
[osd]
osd_data = $home/osd
osd_objectstore = memstore
memstore_device_bytes = 4294967296
osd_class_load_list = *
osd_class_default_list = *
[client.gateway]
rgw_frontends = beast endpoint=127.0.0.1:$port
EOF
  monmaptool --create --fsid "$fsid" --addv a "[v2:127.0.0.1:$monitor_port]" "$home/monmap" >/dev/null
  ceph-mon --mkfs -i a -c "$conf" --monmap "$home/monmap" >/dev/null
  daemon mon ceph-mon -i a
  await 300 ceph_ mon stat
  ceph_ osd new "$osd" 0 >/dev/null
  mkdir "$home/osd"
  ceph-osd --mkfs -i 0 -c "$conf" --osd-uuid "$osd" >"$home/mkfs.log" 2>&1
  daemon osd ceph-osd -i 0
  await 300 osd_up
  daemon gateway radosgw -n client.gateway
  await 600 curl -s "http://127.0.0.1:$port/"
  radosgw-admin -c "$conf" user create --uid photolog --display-name photolog \
    --access-key "$key" --secret-key "$key_secret" >"$home/user.log" 2>&1
  echo "export PHOTOLOG_TEST_S3_ENDPOINT=http://127.0.0.1:$port"
  echo "export PHOTOLOG_TEST_S3_ACCESS_KEY=$key"
  echo "export PHOTOLOG_TEST_S3_SECRET_KEY=$key_secret"
}

case $verb in
  start) start ;;
  stop) stop ;;
  *) usage ;;
esac
