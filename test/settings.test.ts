import assert from "node:assert/strict";
import { mkdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { PhotologError } from "../src/errors.ts";
import { ensureApiSecret, loadSettings } from "../src/settings.ts";
import { temporaryFolder } from "./support/temporary.ts";

async function load(given: { yaml?: string; environment?: Record<string, string> }) {
  const cwd = await temporaryFolder();
  const file = join(cwd, "settings.yaml");
  if (given.yaml !== undefined) await writeFile(file, given.yaml);
  const environment = {
    HOME: join(cwd, "home"),
    ...(given.yaml === undefined ? {} : { SETTINGS: file }),
    ...given.environment,
  };
  return { cwd, file, settings: loadSettings({ environment, cwd }) };
}

async function problemsOf(settings: Promise<unknown>): Promise<string[]> {
  const error = await settings.then(
    () => assert.fail("these settings are wrong"),
    (reason: unknown) => reason,
  );
  assert.ok(error instanceof PhotologError);
  assert.equal(error.code, "SETTINGS_WRONG");
  assert.equal(error.exit, 78);
  return error.message.split("\n");
}

const ORIGINAL = `
UPLOAD_FOLDER: /var/photolog/tmp
DB_FILE: /var/photolog/photolog.db
API_SECRET: not-a-real-secret

S3_ACCESS_KEY: fake-access
S3_SECRET_KEY: fake-secret
S3_BUCKET: my-photos

FLICKR_API_KEY: fake-key
FLICKR_API_SECRET: fake-api-secret
FLICKR_APP_TOKEN: fake-token
FLICKR_APP_SECRET: fake-token-secret

GPHOTOS_SECRET: fake-google-secret
GPHOTOS_CLIENT_ID: fake-client
GPHOTOS_ACCESS_CODE: fake-code
`;

test("places are told in a gallery that is not public, and in a public one that asks for it", async () => {
  const places = async (yaml: string): Promise<boolean> => (await (await load({ yaml })).settings).gallery.places;
  assert.equal(await places("{}"), true);
  assert.equal(await places("GALLERY_PUBLIC: true"), false);
  assert.equal(await places("GALLERY_PUBLIC: true\nGALLERY_PLACES: true"), true);
  assert.equal(await places("GALLERY_PLACES: false"), false);
});

test("the original's settings file is taken as it stands", async () => {
  const { file, settings } = await load({ yaml: ORIGINAL });
  const loaded = await settings;
  assert.equal(loaded.file, file);
  assert.equal(loaded.uploadFolder, "/var/photolog/tmp");
  assert.equal(loaded.credentialsFile, "/var/photolog/credentials.json");
  assert.equal(loaded.apiSecret, "not-a-real-secret");
  assert.deepEqual(loaded.archive, {
    kind: "s3",
    bucket: "my-photos",
    accessKeyId: "fake-access",
    secretAccessKey: "fake-secret",
    region: "us-east-1",
    pathStyle: "auto",
    prefix: "",
    checksums: "auto",
  });
  assert.deepEqual(loaded.flickr, {
    apiKey: "fake-key",
    apiSecret: "fake-api-secret",
    token: { token: "fake-token", tokenSecret: "fake-token-secret" },
  });
  assert.deepEqual(loaded.gphotos, {
    clientId: "fake-client",
    clientSecret: "fake-google-secret",
    accessCode: "fake-code",
  });
});

test("with no settings at all everything is local and below the data folder", async () => {
  const { cwd, settings } = await load({});
  const loaded = await settings;
  const data = join(cwd, "home/.local/share/photolog");
  assert.equal(loaded.dbFile, join(data, "photolog.db"));
  assert.equal(loaded.uploadFolder, join(data, "spool"));
  assert.deepEqual(loaded.archive, { kind: "folder", folder: join(data, "archive") });
  assert.equal(loaded.host, "127.0.0.1");
  assert.equal(loaded.port, 5000);
  assert.equal(loaded.maxUploadSize, 20 * 1024 ** 3);
  assert.equal(loaded.flickr, undefined);
  assert.equal(loaded.gphotos, undefined);
});

test("the secret is made up once, kept from others, and given again", async () => {
  const { settings } = await load({});
  const loaded = await settings;
  const secret = ensureApiSecret(loaded);
  assert.ok(secret.length >= 32);
  assert.equal(ensureApiSecret(loaded), secret);
  assert.equal((await stat(loaded.apiSecretFile)).mode & 0o777, 0o600);
  assert.equal((await readFile(loaded.apiSecretFile, "utf8")).trim(), secret);
});

test("every problem is told at once, with its file, line and key", async () => {
  const yaml =
    "S3_BUKET: photos\nPORT: eighty\nS3_ACCESS_KEY: fake\nFLICKR_API_KEY: fake\nGALLERY_PUBLIC: perhaps\nTLS_CERT: a.pem\n";
  const { file, settings } = await load({ yaml, environment: { PHOTOLOG_S3_ENDPOINT: "ftp://example.org" } });
  assert.deepEqual(await problemsOf(settings), [
    `${file}:1: S3_BUKET is no setting. Did you mean S3_BUCKET?`,
    `${file}:2: PORT must be a port number, 0 to 65535.`,
    `${file}:5: GALLERY_PUBLIC must be true or false.`,
    "PHOTOLOG_S3_ENDPOINT: S3_ENDPOINT must be a URL that starts with http:// or https://.",
    `${file}: S3_BUCKET and S3_SECRET_KEY must be set too, as S3_ACCESS_KEY is.`,
    `${file}: FLICKR_API_SECRET must be set too, as FLICKR_API_KEY is.`,
    `${file}: TLS_KEY must be set too, as TLS_CERT is.`,
  ]);
});

test("no secret is quoted in a problem", async () => {
  const { settings } = await load({ yaml: "API_SECRET: [not-a-real-secret]\nS3_SECRET_KEY: not-a-real-key\n" });
  const problems = await problemsOf(settings);
  assert.ok(problems.length >= 2);
  assert.doesNotMatch(problems.join(), /not-a-real/);
});

test("the environment beats the file, and --settings beats SETTINGS", async () => {
  const { cwd, file } = await load({ yaml: "PORT: 1\nAPI_SECRET: from-file\n" });
  const other = join(cwd, "other.yaml");
  await writeFile(other, "PORT: 2\n");
  const environment = { SETTINGS: file, PHOTOLOG_API_SECRET: "from-environment", HOME: cwd };
  assert.equal((await loadSettings({ environment, cwd })).port, 1);
  assert.equal((await loadSettings({ environment, cwd })).apiSecret, "from-environment");
  assert.equal((await loadSettings({ file: "other.yaml", environment, cwd })).port, 2);
});

test("a secret can come from a file, and only one way", async () => {
  const cwd = await temporaryFolder();
  await writeFile(join(cwd, "secret"), "from-a-mounted-file\n");
  const environment = { HOME: cwd, PHOTOLOG_API_SECRET_FILE: "secret" };
  assert.equal((await loadSettings({ environment, cwd })).apiSecret, "from-a-mounted-file");
  const both = loadSettings({ environment: { ...environment, PHOTOLOG_API_SECRET: "x" }, cwd });
  assert.match((await problemsOf(both))[0] ?? "", /only one of them/);
  const missing = loadSettings({ environment: { HOME: cwd, PHOTOLOG_API_SECRET_FILE: "nowhere" }, cwd });
  assert.match((await problemsOf(missing))[0] ?? "", /nowhere cannot be read \(ENOENT\)/);
});

test("the client's PHOTOLOG_HOST, a URL, is not taken for the address to listen on", async () => {
  const { settings } = await load({ environment: { PHOTOLOG_HOST: "http://photos.example.org" } });
  assert.equal((await settings).host, "127.0.0.1");
  const server = await load({ environment: { PHOTOLOG_HOST: "0.0.0.0" } });
  assert.equal((await server.settings).host, "0.0.0.0");
});

test("a service can be switched off without taking its keys away", async () => {
  const { settings } = await load({ yaml: `${ORIGINAL}FLICKR_ENABLED: false\nGPHOTOS_ENABLED: no\n` });
  assert.equal((await settings).flickr, undefined);
  assert.equal((await settings).gphotos, undefined);
  const { settings: wanting } = await load({ yaml: "FLICKR_ENABLED: true\n" });
  assert.match(
    (await problemsOf(wanting))[0] ?? "",
    /FLICKR_ENABLED is true, but FLICKR_API_KEY and FLICKR_API_SECRET/,
  );
});

test("paths are relative to the settings file, and values are read as they are written", async () => {
  const { cwd, settings } = await load({
    yaml: "DB_FILE: here.db\nAPI_SECRET: 0123\nMAX_UPLOAD_SIZE: 1.5GB\nS3_PREFIX: /a/b\n",
  });
  const loaded = await settings;
  assert.equal(loaded.dbFile, join(cwd, "here.db"));
  assert.equal(loaded.apiSecret, "0123");
  assert.equal(loaded.maxUploadSize, 1.5 * 1024 ** 3);
});

test("a file that is missing or no YAML is told with its name", async () => {
  const cwd = await temporaryFolder();
  const missing = loadSettings({ environment: { SETTINGS: "nowhere.yaml" }, cwd });
  assert.deepEqual(await problemsOf(missing), [`${join(cwd, "nowhere.yaml")}: cannot be read (ENOENT).`]);
  const { settings } = await load({ yaml: "PORT: 1\nPORT: 2\n" });
  assert.match((await problemsOf(settings))[0] ?? "", /:2: is not YAML: Map keys must be unique/);
});

test("where no file is named the one in the folder of settings is read, if it is there", async () => {
  const cwd = await temporaryFolder();
  const environment = { HOME: cwd };
  assert.equal((await loadSettings({ environment, cwd })).file, undefined);
  const usual = join(cwd, ".config/photolog/settings.yaml");
  await mkdir(dirname(usual), { recursive: true });
  await writeFile(usual, "PORT: 3\nARCHIVE_FOLDER: archive\n");
  const found = await loadSettings({ environment, cwd });
  assert.deepEqual([found.file, found.port], [usual, 3]);
  assert.deepEqual(found.archive, { kind: "folder", folder: join(dirname(usual), "archive") });
  const other = join(cwd, "other.yaml");
  await writeFile(other, "PORT: 4\n");
  assert.equal((await loadSettings({ environment: { ...environment, SETTINGS: other }, cwd })).port, 4);
  const elsewhere = { ...environment, XDG_CONFIG_HOME: join(cwd, "elsewhere") };
  assert.equal((await loadSettings({ environment: elsewhere, cwd })).file, undefined);
});
