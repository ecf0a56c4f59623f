import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { parse } from "yaml";
import { writePicture } from "../support/pictures.ts";
import { BIN, makeHome, runPhotolog, type Home, type Run } from "../support/photolog.ts";
import { startBucket, startServices } from "../support/services.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";
import { inTerminal, openTerminal, type Screen } from "../support/terminal.ts";
import { until } from "../support/until.ts";

interface Desk {
  readonly home: Home;
  /** Where the settings are written unless another file is named. */
  readonly file: string;
  readonly client: string;
  readonly init: (...args: readonly string[]) => Screen;
  readonly settings: () => Promise<Record<string, unknown>>;
}

async function openDesk(t: TestContext, given: { settings?: string; client?: string } = {}): Promise<Desk> {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const file = join(folder, "home/.config/photolog/settings.yaml");
  const client = join(folder, "home/.photolog");
  await mkdir(dirname(file), { recursive: true });
  if (given.settings !== undefined) await writeFile(file, given.settings);
  if (given.client !== undefined) await writeFile(client, given.client);
  return {
    home,
    file,
    client,
    init: (...args) =>
      openTerminal(t, {
        command: [process.execPath, BIN, "init", ...args],
        cwd: folder,
        environment: { ...home.environment, TERM: "xterm" },
        // No question breaks.
        columns: 400,
      }),
    settings: async () => parse(await readFile(file, "utf8")) as Record<string, unknown>,
  };
}

/** Enter, at every question that is left. */
async function takeRest(screen: Screen, from: "archive" | "secret" | "services"): Promise<void> {
  if (from === "archive") {
    await screen.answer(/folder or bucket/, "");
    await screen.answer(/Folder of the archive/, "");
  }
  if (from !== "services") await screen.answer(/Secret \(is not shown\)/, "");
  await screen.answer(/copies on Flickr/, "");
  await screen.answer(/copies on Google Photos/, "");
  await screen.answer(/Title/, "");
}

async function modeOf(file: string): Promise<number> {
  return (await stat(file)).mode & 0o777;
}

/** `photolog serve` with nothing but what the home folder holds. */
async function serveAtHome(home: Home): Promise<void> {
  const child = spawn(process.execPath, [BIN, "serve"], { cwd: home.folder, env: home.environment });
  whenDone(async () => {
    const ended = once(child, "close");
    child.kill("SIGKILL");
    await ended;
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk: Buffer) => (output += chunk.toString()));
  await until("the server listens", () => {
    if (child.exitCode !== null) throw new Error(output);
    return output.includes("listens on");
  });
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

test("from nothing to a photo in the archive: answer, serve, upload, without any flag", inTerminal, async (t) => {
  const port = await freePort();
  const { home, file, client, init, settings } = await openDesk(t, { settings: `PORT: ${port} # free here\n` });
  const screen = init();
  const place = join(home.folder, "photolog");
  await screen.answer(/Data folder[^\n]*\[[^\n]*home\/\.local\/share\/photolog\]/, "photolog");
  await screen.answer(/folder or bucket/, "folder");
  await screen.answer(/Folder of the archive \[[^\n]*\/photolog\/archive\]/, "~/originals");
  await takeRest(screen, "secret");
  assert.equal(await screen.ended, 0, screen.text());
  assert.match(screen.text(), /Next:[^]*photolog serve[^]*photolog upload DIR/);
  assert.doesNotMatch(screen.text(), /auth flickr/);

  const written = await settings();
  assert.equal(written["DB_FILE"], join(place, "photolog.db"));
  assert.equal(written["UPLOAD_FOLDER"], join(place, "spool"));
  assert.equal(written["ARCHIVE_FOLDER"], join(home.folder, "home/originals"));
  assert.equal(String(written["API_SECRET"]).length, 32);
  assert.match(await readFile(file, "utf8"), /# free here[^]*# [^\n]*archive[^]*ARCHIVE_FOLDER/);
  assert.deepEqual([await modeOf(file), await modeOf(client)], [0o600, 0o600]);
  assert.ok(!screen.text().includes(String(written["API_SECRET"])));

  await serveAtHome(home);
  await writePicture(join(home.folder, "card/1.jpg"), { seed: 1 });
  const sent: Run = await runPhotolog(home, ["upload", "card", "--wait"]);
  assert.equal(sent.code, 0, sent.stdout + sent.stderr);
  const kept = await readdir(join(home.folder, "home/originals/originals"), { recursive: true });
  assert.equal(kept.filter((name) => name.endsWith(".jpg")).length, 1);
});

test(
  "a wrong key is told with what to do and asked again, for the bucket, Flickr and Google",
  inTerminal,
  async (t) => {
    const { s3 } = await startBucket();
    const { flickr, google, settings: urls } = await startServices();
    const { home, init, settings } = await openDesk(t, {
      settings: [
        `FLICKR_BASE_URL: ${urls.FLICKR_BASE_URL}`,
        `GOOGLE_TOKEN_URL: ${urls.GOOGLE_TOKEN_URL}`,
        `GPHOTOS_BASE_URL: ${urls.GPHOTOS_BASE_URL}\n`,
      ].join("\n"),
    });
    const screen = init();
    await screen.answer(/Data folder/, "");
    await screen.answer(/folder or bucket/, "bucket");
    await screen.answer(/Endpoint, or AWS/, "127.0.0.1");
    await screen.answer(/must be a URL[^]*Endpoint, or AWS/, s3.endpoint);
    await screen.answer(/Region/, s3.region);
    await screen.answer(/Bucket/, s3.bucket);
    await screen.answer(/Access key id/, s3.accessKeyId);
    await screen.answer(/Secret access key/, "not-the-secret-key");
    await screen.answer(
      /PROBLEM: archive · [^\n]*its secret is wrong[^\n]* · Correct S3_ACCESS_KEY and S3_SECRET_KEY[^]*again or keep/,
      "again",
    );
    for (const same of [/folder or bucket/, /Endpoint/, /Region/, /Bucket/, /Access key id/])
      await screen.answer(same, "");
    await screen.answer(/Secret access key[^]*the one that is set/, s3.secretAccessKey);
    await screen.answer(/ok: archive[^]*Secret \(is not shown\)/, "not-a-real-secret");
    await screen.answer(/copies on Flickr/, "yes");
    await screen.answer(/API key/, flickr.apiKey);
    await screen.answer(/API secret/, "not-the-api-secret");
    await screen.answer(/PROBLEM: Flickr · [^\n]*signature[^\n]* · Check FLICKR_API_SECRET[^]*again or keep/, "");
    await screen.answer(/API key/, "");
    await screen.answer(/API secret/, flickr.apiSecret);
    await screen.answer(/ok: Flickr[^]*copies on Google Photos/, "y");
    await screen.answer(/Client id/, google.clientId);
    await screen.answer(/Client secret/, "not-the-client-secret");
    await screen.answer(
      /PROBLEM: Google Photos · [^\n]*OAuth client[^\n]* · Check GPHOTOS_CLIENT_ID[^]*again or keep/,
      "",
    );
    await screen.answer(/Client id/, "");
    await screen.answer(/Client secret/, google.clientSecret);
    await screen.answer(/ok: Google Photos[^]*Title/, "Ours: 100 %");
    assert.equal(await screen.ended, 0, screen.text());
    assert.match(screen.text(), /Next:[^]*photolog auth flickr[^]*photolog auth google[^]*photolog serve/);

    const secrets = [s3.secretAccessKey, flickr.apiSecret, google.clientSecret, "not-a-real-secret", "not-the-"];
    for (const secret of secrets) assert.ok(!screen.text().includes(secret), secret);
    const written = await settings();
    assert.equal(written["S3_SECRET_KEY"], s3.secretAccessKey);
    assert.equal(written["FLICKR_API_SECRET"], flickr.apiSecret);
    assert.equal(written["GPHOTOS_SECRET"], google.clientSecret);
    assert.equal(written["GALLERY_TITLE"], "Ours: 100 %");
    assert.equal(s3.objects.size, 0);
    const { stdout } = await runPhotolog(home, ["doctor"]);
    assert.match(stdout, new RegExp(`ok +archive: s3://${s3.bucket}: written`));
  },
);

test("run again, what is set is the default, and comments and other keys stay", inTerminal, async (t) => {
  const folder = await temporaryFolder();
  const before = `# mine: the old laptop
DB_FILE: photolog.db # beside this file
UPLOAD_FOLDER: ${folder}/spool
LOG_LEVEL: debug

# written by hand
API_SECRET: "0123456789012345"
ARCHIVE_FOLDER: ${folder}/archive
FLICKR_API_KEY: not-a-real-key
FLICKR_API_SECRET: not-a-real-secret
GALLERY_TITLE: Ours
`;
  const client = "# my server\nhost: http://localhost:5000/\nsecret: not-a-real-secret # old\nhalt: false\n";
  const desk = await openDesk(t, { settings: before, client });
  await chmod(desk.file, 0o644);
  const screen = desk.init();
  await screen.answer(/Data folder/, "");
  await screen.answer(/folder or bucket/, "");
  await screen.answer(/Folder of the archive/, "");
  await screen.answer(/Secret \(is not shown\) \[the one that is set\]/, "");
  await screen.answer(/copies on Flickr\? \(yes or no\) \[yes\]/, "no");
  await screen.answer(/copies on Google Photos/, "");
  await screen.answer(/Title \[Ours\]/, "");
  assert.equal(await screen.ended, 0, screen.text());
  const after = await readFile(desk.file, "utf8");
  assert.equal(after, before.replace(/(FLICKR_API_SECRET.*\n)/, "$1# Deliver to Flickr.\nFLICKR_ENABLED: false\n"));
  assert.equal(await modeOf(desk.file), 0o600);
  assert.equal(
    await readFile(desk.client, "utf8"),
    '# my server\nhost: http://localhost:5000/\nsecret: "0123456789012345" # old\nhalt: false\n',
  );
});

test("a key that is none stays too, and is told at the end with exit code 78", inTerminal, async (t) => {
  const { file, init } = await openDesk(t, { settings: "S3_BUKET: photos # my own\nLIST: [1, 2]\n" });
  const screen = init();
  await screen.answer(/Data folder/, "");
  await takeRest(screen, "archive");
  assert.equal(await screen.ended, 78);
  assert.match(screen.text(), /S3_BUKET is no setting\. Did you mean S3_BUCKET\?/);
  assert.match(await readFile(file, "utf8"), /^S3_BUKET: photos # my own\nLIST: \[ ?1, 2 ?\]\n/);
});

test("a client that sends to another server goes on doing so unless told otherwise", inTerminal, async (t) => {
  const client = "host: https://photos.example.org\nsecret: not-a-real-secret\n";
  for (const [answer, expected] of [
    ["", client],
    ["here", /^host: http:\/\/127\.0\.0\.1:5000\nsecret: "?[\w-]{32}"?\n$/],
  ] as const) {
    const desk = await openDesk(t, { client });
    const screen = desk.init();
    await screen.answer(/Data folder/, "");
    await takeRest(screen, "archive");
    await screen.answer(/sends photos to https:\/\/photos\.example\.org/, answer);
    assert.equal(await screen.ended, 0, screen.text());
    const after = await readFile(desk.client, "utf8");
    if (typeof expected === "string") assert.equal(after, expected);
    else assert.match(after, expected);
  }
});

test("Ctrl-C at any question leaves everything as it was, with exit code 130", inTerminal, async (t) => {
  const before = "PORT: 5001 # mine\n";
  for (const question of [/Data folder/, /Secret \(is not shown\)/, /Title/]) {
    const desk = await openDesk(t, { settings: before });
    const screen = desk.init();
    if (question.source !== "Data folder") await screen.answer(/Data folder/, "");
    if (question.source === "Title") {
      await screen.answer(/folder or bucket/, "");
      await screen.answer(/Folder of the archive/, "");
      await screen.answer(/Secret/, "not-a-real-secret");
      await screen.answer(/copies on Flickr/, "");
      await screen.answer(/copies on Google/, "");
    } else if (question.source !== "Data folder") {
      await screen.answer(/folder or bucket/, "");
      await screen.answer(/Folder of the archive/, "");
    }
    await screen.shows(question);
    screen.type("\u0003");
    assert.equal(await screen.ended, 130, screen.text());
    assert.match(screen.text(), /nothing was written/);
    assert.equal(await readFile(desk.file, "utf8"), before);
    assert.deepEqual(await readdir(dirname(desk.file)), ["settings.yaml"]);
    await assert.rejects(stat(desk.client), { code: "ENOENT" });
  }
});

test("without a terminal nothing is asked: exit code 2, and what to do instead", async (t) => {
  const { home, file } = await openDesk(t);
  const { code, stdout, stderr } = await runPhotolog(home, ["init", "--settings", "mine.yaml"]);
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /no terminal[^]*Write [^\n]*mine\.yaml by hand[^\n]*README\.md/);
  assert.deepEqual(await readdir(home.folder), ["home"]);
  assert.deepEqual(await readdir(dirname(file)), []);
});

test("a file that is no YAML, or is not to be written, is told before anything is asked", inTerminal, async (t) => {
  const { file, init } = await openDesk(t, { settings: "API_SECRET: [not-a-real-secret\n" });
  const screen = init();
  assert.equal(await screen.ended, 78);
  assert.match(screen.text(), /settings\.yaml is not YAML/);
  assert.doesNotMatch(screen.text(), /Data folder|not-a-real/);
  assert.equal(await readFile(file, "utf8"), "API_SECRET: [not-a-real-secret\n");
});
