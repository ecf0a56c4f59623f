import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmodSync, chownSync, existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { PhotologError } from "../../src/errors.ts";
import { journalFileOf, loadClientConfig, type ClientConfig, type ConfigSources } from "../../src/upload/config.ts";
import { photoTree } from "../support/photo-tree.ts";

const SECRET = "not-a-real-secret";

interface Place {
  readonly home: string;
  readonly load: (flags?: ConfigSources["flags"], environment?: Record<string, string>) => Promise<ClientConfig>;
}

async function place(files: Readonly<Record<string, string>>): Promise<Place> {
  const home = await photoTree({ "photos/2024/.keep": "", ...files });
  for (const path of Object.keys(files)) chmodSync(join(home, path), 0o600);
  return {
    home,
    load: (flags = {}, environment = {}) =>
      loadClientConfig({
        flags,
        environment: { HOME: home, ...environment },
        cwd: join(home, "photos/2024"),
        localSecretFile: join(home, "serve/api_secret"),
      }),
  };
}

async function failure(promise: Promise<unknown>): Promise<PhotologError> {
  const error = await promise.then(
    () => assert.fail("it should have failed"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof PhotologError)) throw error;
  return error;
}

test("the original's file works as it is", async () => {
  const { load } = await place({ ".photolog": `host: http://upload.host.com\nhalt: true\nsecret: ${SECRET}\n` });
  assert.deepEqual(await load(), { host: "http://upload.host.com", halt: true, secret: SECRET, warnings: [] });
});

test("flags beat the environment, which beats the file", async () => {
  const { load } = await place({ ".photolog": `host: http://file\nhalt: true\nsecret: ${SECRET}` });
  const environment = { PHOTOLOG_HOST: "http://environment:81/", PHOTOLOG_SECRET: "other", PHOTOLOG_HALT: "no" };
  assert.deepEqual(await load({}, environment), {
    host: "http://environment:81",
    halt: false,
    secret: "other",
    warnings: [],
  });
  const { host, halt } = await load({ host: "https://flag", halt: true }, environment);
  assert.deepEqual([host, halt], ["https://flag", true]);
  const empty = { PHOTOLOG_HOST: "", PHOTOLOG_SECRET: "", PHOTOLOG_HALT: "" };
  assert.equal((await load({ halt: false }, empty)).secret, SECRET);
});

test("the nearest file is used: here, above, at home, in the folder of settings", async () => {
  const xdg = `host: http://xdg\nsecret: ${SECRET}`;
  const hosts: [string, string][] = [
    [".config/photolog/config.yaml", xdg],
    [".photolog", `host: http://home\nsecret: ${SECRET}`],
    ["photos/.photologrc.json", `{"host": "http://above", "secret": "${SECRET}"}`],
    ["photos/2024/.photologrc", `host: http://here\nsecret: ${SECRET}`],
  ];
  for (const [count, expected] of ["http://xdg", "http://home", "http://above", "http://here"].entries()) {
    const { load } = await place(Object.fromEntries(hosts.slice(0, count + 1)));
    assert.equal((await load()).host, expected);
  }
  const { home, load } = await place({
    "elsewhere/photolog/config.json": JSON.stringify({ host: "http://x", secret: "y" }),
  });
  assert.equal((await load({}, { XDG_CONFIG_HOME: join(home, "elsewhere") })).host, "http://x");
});

test("a secret is taken as it stands in the file, whatever YAML would make of it", async () => {
  for (const [written, secret] of [
    ["0123", "0123"],
    ["1e3", "1e3"],
    ["yes", "yes"],
    ["2024-01-01", "2024-01-01"],
    ["'quo: ted '", "quo: ted"],
    ["a#b", "a#b"],
  ] as const) {
    const { load } = await place({ ".photolog": `secret: ${written}` });
    assert.equal((await load()).secret, secret);
  }
});

test("every problem is told at once, with file, line and key, and without the secret", async () => {
  const { home, load } = await place({
    ".photolog": `hots: http://x\nhost: upload.host.com\nhalt: perhaps\nsecret: [${SECRET}]\ncolour: ${SECRET}\n`,
  });
  const error = await failure(load({}, { PHOTOLOG_HALT: SECRET }));
  const file = join(home, ".photolog");
  assert.equal(error.code, "SETTINGS_WRONG");
  assert.equal(error.exit, 78);
  assert.deepEqual(error.message.split("\n"), [
    `${file}:1: hots is unknown (did you mean host?).`,
    `${file}:2: host must be a URL that starts with http:// or https://.`,
    `${file}:3: halt must be true or false.`,
    `${file}:4: secret must be a single value.`,
    `${file}:5: colour is unknown.`,
    "PHOTOLOG_HALT must be true or false.",
  ]);
  assert.ok(!`${error.message}${error.hint}`.includes(SECRET));
});

test("a file that is not YAML is named with its line and not quoted", async () => {
  for (const text of [`host: http://x\nsecret: "${SECRET}\n`, `secret: a: ${SECRET}: b`, SECRET, `- ${SECRET}`]) {
    const { home, load } = await place({ ".photolog": text });
    const error = await failure(load());
    assert.equal(error.code, "SETTINGS_WRONG");
    assert.ok(error.message.startsWith(`${join(home, ".photolog")}:`));
    assert.ok(!`${error.message}${error.hint}`.includes(SECRET));
  }
});

test("a host is an origin, without path, query, user or other scheme", async () => {
  const { load } = await place({ ".photolog": `secret: ${SECRET}` });
  for (const host of [
    "ftp://x",
    "upload.host.com",
    "http://x/photos",
    "http://x/?a",
    "http://me:pw@x",
    "http://",
    "x:80",
  ]) {
    const error = await failure(load({ host }));
    assert.deepEqual([error.code, error.exit], ["USAGE", 2]);
    assert.match(error.message, /^--host must /);
    assert.equal((await failure(load({}, { PHOTOLOG_HOST: host }))).code, "SETTINGS_WRONG");
  }
  assert.equal((await load({ host: "HTTPS://Photos.Example.org:8443/" })).host, "https://photos.example.org:8443");
});

test("a file that others can read gets a warning that says what to do", async () => {
  const { home, load } = await place({ ".photolog": `secret: ${SECRET}` });
  const file = join(home, ".photolog");
  for (const mode of [0o604, 0o640, 0o644]) {
    chmodSync(file, mode);
    assert.deepEqual((await load()).warnings, [`${file} can be read by other users. Run \`chmod 600 ${file}\`.`]);
  }
});

test("without any file the local server's own secret is used, for a local server only", async () => {
  const { load } = await place({ "serve/api_secret": `${SECRET}\n` });
  assert.deepEqual(await load(), { host: "http://127.0.0.1:5000", halt: false, secret: SECRET, warnings: [] });
  assert.equal((await load({ host: "http://localhost:5123" })).secret, SECRET);
  const error = await failure(load({ host: "http://upload.host.com" }));
  assert.equal(error.code, "SETTINGS_WRONG");
  assert.match(error.message, /the secret of http:\/\/upload\.host\.com is missing/);
  assert.equal((await failure(load({ host: "http://127.0.0.1.evil.example" }))).code, "SETTINGS_WRONG");
});

test("no secret anywhere is told with what to write where", async () => {
  const { load } = await place({});
  const error = await failure(load());
  assert.equal(error.exit, 78);
  assert.match(error.message, /There is no ~\/\.photolog, and PHOTOLOG_SECRET is not set/);
});

test(
  "somebody else's file above a folder of photos is not used",
  { skip: process.getuid?.() !== 0 && "needs root" },
  async () => {
    const { home, load } = await place({
      ".photolog": `secret: ${SECRET}`,
      "photos/.photologrc": "host: http://evil.example",
    });
    chownSync(join(home, "photos/.photologrc"), 12_345, 12_345);
    const { host, warnings } = await load();
    assert.equal(host, "http://127.0.0.1:5000");
    assert.deepEqual(warnings, [`${join(home, "photos/.photologrc")} belongs to somebody else and is not used.`]);
  },
);

test("nothing in a folder of photos is run, not even what cosmiconfig would run", async () => {
  const ran = "require('fs').writeFileSync('ran', '')";
  const { home } = await place({
    ".photolog": `secret: ${SECRET}`,
    "photos/2024/.config/config.cjs": ran,
    "photos/2024/.config/config.js": ran,
    "photos/2024/.photologrc.js": ran,
    "photos/2024/.photologrc.cjs": ran,
    "photos/2024/photolog.config.cjs": ran,
  });
  const cwd = join(home, "photos/2024");
  const config = fileURLToPath(new URL("../../src/upload/config.ts", import.meta.url));
  const script = `
    import { loadClientConfig } from ${JSON.stringify(config)};
    const sources = { flags: {}, environment: process.env, cwd: process.cwd(), localSecretFile: "" };
    const { secret } = await loadClientConfig(sources);
    process.stdout.write(secret + process.cwd());`;
  const { stdout, stderr } = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd,
    env: { HOME: home },
    encoding: "utf8",
  });
  assert.equal(stderr, "");
  assert.equal(stdout, SECRET + cwd);
  assert.ok(!existsSync(join(cwd, "ran")));
});

test("the journal is kept in the user's folder of state", () => {
  assert.equal(journalFileOf({ HOME: "/home/ada" }), "/home/ada/.local/state/photolog/journal.db");
  assert.equal(journalFileOf({ HOME: "/home/ada", XDG_STATE_HOME: "/state" }), "/state/photolog/journal.db");
});
