/** The database's history: append a step, never change one. The number of applied steps is `PRAGMA user_version`. */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE photos (
    id          INTEGER PRIMARY KEY,
    key         TEXT NOT NULL UNIQUE,
    sha256      TEXT NOT NULL UNIQUE,
    md5         TEXT,
    bytes       INTEGER NOT NULL,
    filename    TEXT NOT NULL,
    mime        TEXT NOT NULL,
    extension   TEXT NOT NULL,
    kind        TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    target_date TEXT,
    facts       TEXT,            -- JSON of Facts; NULL until a step has read the file
    shown_at    TEXT NOT NULL,   -- local time of the timeline: when taken, else the day given, else when received (UTC)
    blob_key    TEXT UNIQUE,
    spool_name  TEXT
  ) STRICT;
  CREATE INDEX photos_by_md5 ON photos (md5) WHERE md5 IS NOT NULL;
  CREATE INDEX photos_in_spool ON photos (id) WHERE spool_name IS NOT NULL;
  CREATE INDEX photos_by_time ON photos (shown_at, id);

  CREATE TABLE tags (
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    tag      TEXT NOT NULL,
    PRIMARY KEY (photo_id, tag)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE sidecars (
    photo_id   INTEGER NOT NULL REFERENCES photos (id),
    sha256     TEXT NOT NULL,
    filename   TEXT NOT NULL,
    bytes      INTEGER NOT NULL,
    spool_name TEXT,
    blob_key   TEXT,
    PRIMARY KEY (photo_id, sha256)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE renditions (
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    name     TEXT NOT NULL,
    blob_key TEXT NOT NULL,
    mime     TEXT NOT NULL,
    width    INTEGER NOT NULL,
    height   INTEGER NOT NULL,
    bytes    INTEGER NOT NULL,
    sha256   TEXT NOT NULL,
    PRIMARY KEY (photo_id, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE receipts (
    photo_id    INTEGER NOT NULL REFERENCES photos (id),
    destination TEXT NOT NULL,
    remote_id   TEXT NOT NULL,
    url         TEXT,
    received_at INTEGER NOT NULL,
    PRIMARY KEY (photo_id, destination)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE notes (
    owner TEXT NOT NULL,
    name  TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (owner, name)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE jobs (
    id          INTEGER PRIMARY KEY,
    photo_id    INTEGER NOT NULL,
    step        TEXT NOT NULL,
    state       TEXT NOT NULL,
    is_last     INTEGER NOT NULL,            -- 1: waits until every other job of its photo is settled
    attempts    INTEGER NOT NULL DEFAULT 0,
    due_at      INTEGER NOT NULL DEFAULT 0,  -- not before, for state 'waiting'
    began_at    INTEGER,                     -- first claim ever
    in_doubt    INTEGER NOT NULL DEFAULT 0,  -- 1: an earlier run ended without telling how
    lease       TEXT,                        -- fencing token of the claim, for state 'running'
    lease_until INTEGER,
    error_code  TEXT,
    error       TEXT,
    hint        TEXT,
    sign        TEXT,                        -- the failure it met last, how often in a row, and since when
    sign_times  INTEGER,
    sign_since  INTEGER,
    changed_at  INTEGER NOT NULL,
    UNIQUE (photo_id, step)
  ) STRICT;
  CREATE INDEX jobs_queued ON jobs (step, id) WHERE state = 'queued';
  CREATE INDEX jobs_waiting ON jobs (step, due_at, id) WHERE state = 'waiting';
  CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
  CREATE INDEX jobs_by_state ON jobs (step, state, photo_id);

  CREATE TABLE lanes (
    step     TEXT PRIMARY KEY,
    state    TEXT NOT NULL,                  -- paused, needs_auth or misconfigured; an open lane has no row
    until    INTEGER NOT NULL,               -- when one job may try again
    since    INTEGER NOT NULL,
    closings INTEGER NOT NULL,               -- how often in a row
    code     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    hint     TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  `
  -- 1: the last step was asked for once more while it was at work
  ALTER TABLE jobs ADD COLUMN again INTEGER NOT NULL DEFAULT 0;
  `,
  `
  CREATE TABLE albums (
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    album    TEXT NOT NULL,
    PRIMARY KEY (photo_id, album)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE relations (
    photo_id INTEGER NOT NULL REFERENCES photos (id),
    relation TEXT NOT NULL,
    sha256   TEXT NOT NULL,          -- of the other photo, which may not be here yet
    PRIMARY KEY (photo_id, relation, sha256)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX relations_by_checksum ON relations (sha256);

  ALTER TABLE photos ADD COLUMN modified_at INTEGER;
  `,
  `
  ALTER TABLE photos ADD COLUMN placeholder TEXT;  -- ThumbHash, base64
  ALTER TABLE photos ADD COLUMN colour TEXT;       -- #rrggbb
  CREATE INDEX photos_by_content_id ON photos (json_extract(facts, '$.contentId'))
    WHERE json_extract(facts, '$.contentId') IS NOT NULL;
  `,
];
