import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { chmodSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { fileURLToPath } from "node:url";
import { PhotologServer, SECRET } from "../support/photolog-server.ts";
import { photoTree, put } from "../support/photo-tree.ts";
import { inTerminal, openTerminal, type Screen } from "../support/terminal.ts";
import { until } from "../support/until.ts";

const COMMAND = fileURLToPath(new URL("../support/upload-impatiently.ts", import.meta.url));
const THREE = { "1.jpg": "1", "2.jpg": "2", "3.mov": "3" };

interface Desk {
  readonly server: PhotologServer;
  readonly cwd: string;
  readonly environment: NodeJS.ProcessEnv;
  /** Without a terminal. */
  readonly upload: (args: readonly string[], input?: string) => Promise<Ended>;
}

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function desk(t: TestContext, files: Readonly<Record<string, string>> = THREE): Promise<Desk> {
  const server = await new PhotologServer().open();
  t.after(() => server.close());
  const cwd = await photoTree(
    Object.fromEntries(Object.entries(files).map(([path, text]) => [`photos/${path}`, text])),
  );
  put(join(cwd, "home/.photolog"), `host: ${server.url}\nhalt: true\nsecret: ${SECRET}\n`);
  chmodSync(join(cwd, "home/.photolog"), 0o600);
  const environment = { PATH: process.env["PATH"], HOME: join(cwd, "home"), TERM: "xterm" };
  return {
    server,
    cwd,
    environment,
    upload: (args, input = "") =>
      new Promise((resolve, reject) => {
        const child = spawn(process.execPath, [COMMAND, ...args], { cwd, env: environment });
        let [stdout, stderr] = ["", ""];
        child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
        child.once("error", reject).once("close", (code) => resolve({ code, stdout, stderr }));
        child.stdin.end(input);
      }),
  };
}

test("plain lines name each photo that was sent or failed, and the summary adds up", async (t) => {
  const { server, upload } = await desk(t, { ...THREE, "again.jpg": "1", "notes.txt": "x" });
  const { code, stdout, stderr } = await upload(["photos", "missing", "--tags", "a, b", "--skip", "google,flickr"]);
  assert.equal(code, 1);
  const lines = stdout.replace(/in \d+ s.*/, "in no time").split("\n");
  assert.deepEqual(lines.slice(0, 4).sort(), [
    "Found 4 photos (4 B).",
    "uploaded  photos/1.jpg (1 B)",
    "uploaded  photos/2.jpg (1 B)",
    "uploaded  photos/3.mov (1 B)",
  ]);
  assert.deepEqual(lines.slice(4), [
    "Uploaded 3 photos (3 B) in no time",
    "6 found = 3 uploaded + 1 duplicate + 1 skipped + 1 failed",
    "Skipped: 1 unknown type (.txt).",
    "Failed:",
    "  missing: no such file or folder (ENOENT)",
    "",
  ]);
  assert.match(stderr, /^failed {4}missing: no such file/);
  const fields = [...server.photos.values()].map((photo) => Object.fromEntries(photo.fields));
  assert.deepEqual(new Set(fields.map(({ tags, skip }) => `${tags} ${skip}`)), new Set(["a,b gphotos,flickr"]));
});

test("with --json stdout holds an object for each file and one for the summary, and nothing else", async (t) => {
  const { upload } = await desk(t, { ...THREE, "empty.jpg": "" });
  const { code, stdout } = await upload(["photos", "--json"]);
  assert.equal(code, 0);
  const objects = stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  assert.deepEqual(objects.at(0), {
    path: "photos/empty.jpg",
    sha256: null,
    bytes: 0,
    outcome: "skipped",
    reason: "empty",
  });
  const sha256 = "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b";
  assert.deepEqual(
    objects.find(({ path }) => path === "photos/1.jpg"),
    { path: "photos/1.jpg", sha256, bytes: 1, outcome: "uploaded", key: sha256.slice(0, 12) },
  );
  const { summary } = objects.at(-1) as { summary: Record<string, number> };
  const { seconds, ...counts } = summary;
  assert.ok(typeof seconds === "number");
  assert.deepEqual(counts, { found: 4, uploaded: 3, duplicate: 0, skipped: 1, failed: 0, bytes: 3, unreached: 0 });
  assert.equal(objects.length, 5);
});

test("more paths come from a file list, by lines or by NUL, from a file or the standard input", async (t) => {
  const { server, cwd, upload } = await desk(t);
  put(join(cwd, "list"), "photos/1.jpg\r\nphotos/2.jpg\n");
  assert.equal((await upload(["--filelist", "list"])).code, 0);
  assert.equal(server.photos.size, 2);
  assert.equal((await upload(["--filelist", "-", "--json"], "photos/1.jpg\0photos/3.mov\0")).code, 0);
  assert.equal(server.photos.size, 3);
});

test("wrong usage exits 2 before anything is sent", async (t) => {
  const { server, upload } = await desk(t);
  const wrong = [
    [],
    ["photos", "--skip", "flickr,picasa"],
    ["photos", "--target-date", "2023-02-29"],
    ["photos", "--secret", "x"],
  ];
  const ended = await Promise.all(wrong.map((args) => upload(args)));
  assert.deepEqual(
    ended.map(({ code }) => code),
    wrong.map(() => 2),
  );
  assert.deepEqual(
    ended.map(({ stdout }) => stdout),
    wrong.map(() => ""),
  );
  assert.equal(server.requests.length, 0);
});

test("a lost server without a terminal exits 75 with the summary and what to do", async (t) => {
  const { server, upload } = await desk(t);
  await server.close();
  const { code, stdout, stderr } = await upload(["photos"]);
  assert.equal(code, 75);
  assert.match(stdout, /^3 found = 0 uploaded \+ 0 duplicate \+ 0 skipped \+ 3 failed$/m);
  assert.match(stdout, /^3 of the failed were not reached\.$/m);
  assert.match(
    stderr,
    new RegExp(`^Error: Cannot reach ${server.url}: connection refused\\.\nRun the same command again`, "m"),
  );
  assert.doesNotMatch(stderr, /\[R\/c\]/);
});

test("a refused secret exits 77, and wrong settings 78, without naming the secret", async (t) => {
  const { cwd, upload } = await desk(t);
  put(join(cwd, "home/.photolog"), `host: http://127.0.0.1:1\nsecrets: ${SECRET}\n`);
  const wrong = await upload(["photos"]);
  assert.equal(wrong.code, 78);
  assert.match(wrong.stderr, /\.photolog:2: secrets is unknown \(did you mean secret\?\)\./);
  assert.ok(!wrong.stderr.includes(SECRET));
});

const terminal = (t: TestContext, { cwd, environment }: Desk, ...args: readonly string[]): Screen =>
  openTerminal(t, { command: [process.execPath, COMMAND, ...args], cwd, environment });

test("on a terminal Enter resumes where it stopped; nobody is asked twice", inTerminal, async (t) => {
  const given = await desk(t);
  await given.server.close();
  const screen = terminal(t, given, "photos");
  await screen.shows(/Resume, or cancel\? \[R\/c\]/);
  await given.server.open();
  screen.type("\r");
  assert.equal(await screen.ended, 0);
  assert.match(screen.text(), /3 found = 3 uploaded \+ 0 duplicate/);
  assert.equal(
    screen.text().match(new RegExp(`Cannot reach ${given.server.url}\\. Resume, or cancel\\?`, "g"))?.length,
    1,
  );
  assert.deepEqual(given.server.received.length, 3);
});

test(
  "on a terminal cancelling exits 75, the end of the input as well, Ctrl-C 130; each with the summary",
  inTerminal,
  async (t) => {
    const given = await desk(t);
    await given.server.close();
    for (const [keys, code] of [
      ["c\r", 75],
      ["\u0004", 75],
      ["\u0003", 130],
    ] as const) {
      const screen = terminal(t, given, "photos");
      await screen.shows(/\[R\/c\]/);
      screen.type("what?\r");
      await screen.shows(/\[R\/c\][^]*\[R\/c\]/);
      screen.type(keys);
      assert.equal(await screen.ended, code);
      assert.match(screen.text(), /3 found = 0 uploaded \+ 0 duplicate \+ 0 skipped \+ 3 failed/);
    }
  },
);

test(
  "on a terminal Ctrl-C in the middle exits 130 with the summary, and leaves the cursor visible",
  inTerminal,
  async (t) => {
    const given = await desk(t);
    given.server.behave = ({ path, nth }) => (path === "/photos/" && nth > 0 ? "stall" : undefined);
    const screen = terminal(t, given, "photos");
    await until("one has arrived", () => given.server.requests.filter(({ path }) => path === "/photos/").length === 3);
    await screen.shows(/1 of 3/);
    screen.type("\u0003");
    assert.equal(await screen.ended, 130);
    assert.match(screen.text(), /3 found = 1 uploaded \+ 0 duplicate \+ 0 skipped \+ 2 failed/);
    assert.ok(screen.text().lastIndexOf("\u001b[?25h") > screen.text().lastIndexOf("\u001b[?25l"));
  },
);

test("with --no-halt nobody is asked, terminal or not", inTerminal, async (t) => {
  const given = await desk(t);
  await given.server.close();
  const screen = terminal(t, given, "photos", "--no-halt");
  assert.equal(await screen.ended, 75);
  assert.doesNotMatch(screen.text(), /\[R\/c\]/);
});
