import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { access, mkdir, readFile, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parse } from "yaml";
import { makeCertificate } from "./support/certificate.ts";
import { makeHome, runPhotolog, SECRET, serve } from "./support/photolog.ts";
import { writePicture } from "./support/pictures.ts";
import { temporaryFolder, whenDone } from "./support/temporary.ts";
import { until } from "./support/until.ts";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFile(join(ROOT, path), "utf8");

async function skipWithout(program: string): Promise<{ readonly skip?: string }> {
  const found = await run("sh", ["-c", `PATH=$PATH:/usr/sbin command -v ${program}`]).catch(() => undefined);
  return found === undefined ? { skip: `${program} is not installed` } : {};
}

/** Free a moment ago: nginx cannot be asked which one it took. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  assert.ok(typeof address === "object" && address !== null);
  return address.port;
}

test("two linters have nothing to say about the Dockerfile", async () => {
  const tools = join(ROOT, "node_modules/.bin");
  await run(process.execPath, [join(tools, "dockerfilelint"), join(ROOT, "Dockerfile")]);
  const { stdout } = await run(process.execPath, [join(tools, "dockerfile-utils"), "lint", join(ROOT, "Dockerfile")]);
  assert.equal(stdout.trim(), "");
});

test("the container has the Node.js that the tests run on, and all that it copies exists", async () => {
  const [dockerfile, ignored, { devDependencies }] = await Promise.all([
    read("Dockerfile"),
    read(".dockerignore"),
    read("package.json").then((text) => JSON.parse(text) as { devDependencies: Record<string, string> }),
  ]);
  const images = [...dockerfile.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  assert.deepEqual([...new Set(images)], [`node:${devDependencies["node"]}-bookworm-slim`]);
  const allowed = new Set([...ignored.matchAll(/^!(.+)$/gm)].map(([, path]) => path));
  for (const [, paths = ""] of dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)) {
    for (const path of paths.split(" ")) {
      await access(join(ROOT, path));
      assert.ok(allowed.has(path), `${path} is in .dockerignore`);
    }
  }
});

test("the settings that container and compose file name are settings", async () => {
  const { SETTING_KEYS } = await import("../src/setting-keys.ts");
  const text = (await read("Dockerfile")) + (await read("compose.yaml"));
  const named = [...text.matchAll(/PHOTOLOG_([A-Z0-9_]+?)(?:_FILE)?[=:]/g)].map(([whole, key]) =>
    whole.includes("DB_FILE") ? "DB_FILE" : key,
  );
  assert.ok(named.length >= 4);
  for (const key of named) assert.ok(key !== undefined && key in SETTING_KEYS, key);
  const { services } = parse(await read("compose.yaml")) as { services: { photolog: { read_only: boolean } } };
  assert.equal(services.photolog.read_only, true);
});

test("systemd knows every line of the unit and finds it well shut", await skipWithout("systemd-analyze"), async () => {
  const file = join(await temporaryFolder(), "photolog.service");
  await writeFile(file, (await read("deploy/photolog.service")).replace("/usr/local/bin/photolog", process.execPath));
  const { stderr } = await run("systemd-analyze", ["verify", file]);
  assert.equal(stderr.trim(), "");
  await run("systemd-analyze", ["security", "--offline=true", "--threshold=30", file]);
});

test("caddy reads its file", await skipWithout("caddy"), async () => {
  await run("caddy", ["validate", "--adapter", "caddyfile", "--config", join(ROOT, "deploy/Caddyfile")], {
    env: { ...process.env, HOME: await temporaryFolder() },
  });
});

test("photos go through nginx as it is set up here", await skipWithout("nginx"), async () => {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const server = await serve(home, { DB_FILE: join(folder, "photolog.db"), UPLOAD_FOLDER: join(folder, "spool") });
  const { key, cert } = await makeCertificate("IP:127.0.0.1");
  const [keyFile, certFile] = [join(folder, "key.pem"), join(folder, "cert.pem")];
  await Promise.all([writeFile(keyFile, key), writeFile(certFile, cert)]);
  const port = await freePort();
  const site = (await read("deploy/nginx.conf"))
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replace("photos.example.org;", "127.0.0.1;")
    .replace(/ssl_certificate .*;/, `ssl_certificate ${certFile};`)
    .replace(/ssl_certificate_key .*;/, `ssl_certificate_key ${keyFile};`)
    .replace("http://127.0.0.1:5000", server.url);
  await mkdir(join(folder, "temporary"));
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/temporary/${name};`,
  );
  const file = join(folder, "nginx.conf");
  await writeFile(
    file,
    `daemon off; pid ${folder}/nginx.pid; error_log stderr; events {} http { access_log off; ${temporary.join(" ")} ${site} }`,
  );
  const nginx = spawn("nginx", ["-c", file, "-p", folder], {
    env: { PATH: `${process.env["PATH"]}:/usr/sbin` },
    stdio: "ignore",
  });
  whenDone(async () => {
    if (nginx.exitCode !== null) return;
    nginx.kill("SIGTERM");
    await once(nginx, "exit");
  });
  const photo = await writePicture(join(folder, "photos/one.jpg"), { seed: 1 });
  const host = `https://127.0.0.1:${port}`;
  const environment = { PHOTOLOG_SECRET: SECRET, NODE_EXTRA_CA_CERTS: certFile };
  await until("nginx answers", async () => {
    const { code } = await runPhotolog(home, ["upload", photo.path, "--host", host, "--dry-run"], environment);
    return code === 0;
  });
  const { code, stdout, stderr } = await runPhotolog(home, ["upload", photo.path, "--host", host], environment);
  assert.equal(code, 0, stderr);
  assert.match(stdout, /1 found = 1 uploaded/);
  const form = ["--data", `secret=${SECRET}`];
  const { stdout: answer } = await run("curl", ["-si", "--cacert", certFile, ...form, `${host}/sign-in`]);
  assert.match(answer, /set-cookie: photolog=.*Secure/i);
});
