import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { appendFileSync, chmodSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import * as fc from "fast-check";
import type { PhotologError } from "../../src/errors.ts";
import { openClient } from "../../src/upload/client.ts";
import { Journal } from "../../src/upload/journal.ts";
import type { Reporter } from "../../src/upload/reporter.ts";
import type { UploadOptions, UploadParts } from "../../src/upload/run.ts";
import type { Outcome, Summary } from "../../src/upload/tally.ts";
import { chooserOf } from "../../src/upload/globs.ts";
import { exitOf, upload } from "../../src/upload/upload.ts";
import { PhotologServer, SECRET, type Misbehaviour } from "../support/photolog-server.ts";
import { asOrdinaryUser } from "../support/ordinary-user.ts";
import { photoTree, put } from "../support/photo-tree.ts";
import { temporaryFolder } from "../support/temporary.ts";

const sum = (bytes: string | Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

interface Told extends Reporter {
  readonly outcomes: Map<string, Outcome>;
  readonly read: string[];
  readonly waits: string[];
}

function recorder(surveyed: () => void = () => undefined): Told {
  const outcomes = new Map<string, Outcome>();
  const read: string[] = [];
  const waits: string[] = [];
  return {
    outcomes,
    read,
    waits,
    surveyed({ isWhole }) {
      if (isWhole) surveyed();
    },
    reading: ({ path }) => void read.push(path),
    moved: () => undefined,
    ended({ path }, outcome) {
      assert.ok(!outcomes.has(path), `${path} ended twice`);
      outcomes.set(path, outcome);
    },
    waiting: ({ code }) => void waits.push(code),
    resumed: () => undefined,
    delivering: () => undefined,
    clearing: () => undefined,
    finished: async () => undefined,
  };
}

type Given = Partial<UploadOptions> &
  Partial<UploadParts> & {
    readonly surveyed?: () => void;
    readonly tags?: readonly string[];
    /** Milliseconds that the client waits for an answer. */
    readonly patience?: number;
  };

interface Bench {
  readonly server: PhotologServer;
  readonly state: string;
  readonly run: (cwd: string, given?: Given) => Promise<{ summary: Summary; told: Told }>;
}

async function bench(t: TestContext): Promise<Bench> {
  const server = await new PhotologServer().open();
  const state = await temporaryFolder();
  t.after(() => server.close());
  return {
    server,
    state,
    run: async (cwd, given = {}) => {
      const { tags = [], patience = 1000 } = given;
      const told = recorder(given.surveyed);
      const journal = Journal.open(join(state, "journal.db"), (warning) => assert.fail(warning));
      const client = openClient({ host: server.url, secret: SECRET, connections: 5, patience });
      try {
        const options: UploadOptions = {
          paths: ["."],
          cwd,
          chooser: chooserOf({ include: [], exclude: [] }),
          labelsOf: () => ({ tags, albums: [] }),
          skip: [],
          sendsSkipped: false,
          concurrency: 4,
          isDryRun: false,
          waits: false,
          ...given,
        };
        const summary = await upload(options, {
          client,
          journal,
          reporter: told,
          now: Date.now,
          pause: async () => undefined,
          random: () => 0.5,
          signal: new AbortController().signal,
          ...given,
        });
        const { found, uploaded, duplicate, skipped, failed } = summary;
        assert.equal(found, uploaded + duplicate + skipped + failed);
        assert.equal(found, told.outcomes.size);
        return { summary, told };
      } finally {
        await client.close();
        journal.close();
      }
    },
  };
}

function counts({ found, uploaded, duplicate, skipped, failed }: Summary): number[] {
  return [found, uploaded, duplicate, skipped, failed];
}

test("every file has one outcome, they add up, and the server has what was uploaded", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({
    "a/1.jpg": "one",
    "a/1.xmp": "<x/>",
    "a/2.jpg": "two",
    "b/again.jpg": "one",
    "b/3.mov": "three",
    "notes.txt": "x",
    "empty.jpg": "",
  });
  const { summary, told } = await run(cwd, { paths: [".", "missing.jpg"], tags: ["trip"], skip: ["flickr"] });
  assert.deepEqual(counts(summary), [7, 3, 1, 2, 1]);
  assert.equal(summary.bytes, 11);
  assert.equal(exitOf(summary), 1);
  assert.deepEqual(summary.failures, [
    { path: "missing.jpg", reason: "no such file or folder (ENOENT)", file: join(cwd, "missing.jpg") },
  ]);
  assert.deepEqual([...server.photos.keys()].toSorted(), [sum("one"), sum("two"), sum("three")].toSorted());
  const one = server.photos.get(sum("one"));
  assert.deepEqual(one?.sidecars, [{ filename: "1.xmp", text: "<x/>" }]);
  assert.equal(one.fields.get("tags"), "trip");
  assert.equal(one.fields.get("skip"), "flickr");
  assert.deepEqual(told.outcomes.get("b/again.jpg"), {
    outcome: "duplicate",
    sha256: sum("one"),
    bytes: 3,
    key: one.key,
    reason: "the same bytes as another file of this run",
  });
  assert.equal(server.received.length, 3);
});

test("a second run sends nothing and reads nothing; a touched file is read, a changed one is sent", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "one", "2.jpg": "two", "3.jpg": "three" });
  assert.deepEqual((await run(cwd)).told.read, ["1.jpg", "2.jpg", "3.jpg"]);
  const second = await run(cwd);
  assert.deepEqual(counts(second.summary), [3, 0, 3, 0, 0]);
  assert.equal(exitOf(second.summary), 0);
  assert.deepEqual(second.told.read, []);
  utimesSync(join(cwd, "1.jpg"), 1_000_000, 1_000_000);
  put(join(cwd, "2.jpg"), "TWO");
  const third = await run(cwd);
  assert.deepEqual(third.told.read, ["1.jpg", "2.jpg"]);
  assert.deepEqual(counts(third.summary), [3, 1, 2, 0, 0]);
  assert.equal(server.received.length, 4);
});

test("the server alone says what it has: one that has forgotten a photo gets it again", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "one", "2.jpg": "two" });
  await run(cwd);
  server.forget(sum("two"));
  assert.deepEqual(counts((await run(cwd)).summary), [2, 1, 1, 0, 0]);
  assert.ok(server.photos.has(sum("two")));
});

test("same name, date and size do not make two photos one", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "a/DSC1.jpg": "aaaa", "b/DSC1.jpg": "bbbb" });
  assert.deepEqual(counts((await run(cwd)).summary), [2, 2, 0, 0, 0]);
  assert.equal(server.photos.size, 2);
});

test("photos are sent in order", async (t) => {
  const { server, run } = await bench(t);
  const files = Object.fromEntries(
    Array.from({ length: 40 }, (_, n) => [`${String(n).padStart(2, "0")}.jpg`, randomBytes(50_000)]),
  );
  const cwd = await photoTree({ ...files, "0.mov": "film", "0.cr2": "raw" });
  await run(cwd, { concurrency: 1 });
  assert.deepEqual(server.received, [...Object.keys(files).toSorted(), "0.cr2", "0.mov"]);
  assert.equal(server.load.most, 1);
});

test("so many photos are sent at a time as were asked for, and no more", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree(
    Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`${n}.jpg`, randomBytes(50_000)])),
  );
  server.gathers = 4;
  await run(cwd, { concurrency: 4, patience: 20_000 });
  assert.equal(server.load.most, 4);
  // None was given up and sent again.
  assert.equal(server.requests.filter(({ path }) => path === "/photos/").length, 40);
});

test("more files than fit into one question are all asked about", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree(
    Object.fromEntries(Array.from({ length: 1100 }, (_, n) => [`${n % 7}/${n}.jpg`, `${n}`])),
  );
  assert.deepEqual(counts((await run(cwd, { isDryRun: true })).summary), [1100, 0, 0, 1100, 0]);
  const asked = server.requests.length;
  for (let n = 0; n < 1100; n++) {
    const sha256 = sum(`${n}`);
    const key = sha256.slice(0, 12);
    server.photos.set(sha256, { key, sha256, filename: "", bytes: 0, fields: new Map(), sidecars: [] });
  }
  assert.deepEqual(counts((await run(cwd)).summary), [1100, 0, 1100, 0, 0]);
  assert.equal(server.requests.length - asked, 2);
});

test("a dry run asks the server and sends nothing", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "one", "2.jpg": "two!", "2 copy.jpg": "two!" });
  await run(cwd, { paths: ["1.jpg"] });
  const { summary, told } = await run(cwd, { isDryRun: true, waits: true });
  assert.deepEqual(counts(summary), [3, 0, 2, 1, 0]);
  assert.deepEqual(summary.wouldUpload, { photos: 1, bytes: 4 });
  assert.equal(told.outcomes.get("2 copy.jpg")?.outcome, "skipped");
  assert.equal(told.outcomes.get("2.jpg")?.outcome, "duplicate");
  assert.equal(server.received.length, 1);
  assert.equal(exitOf(summary), 0);
});

test("a refused file is failed with the server's reason and the run goes on", async (t) => {
  const { server, run } = await bench(t);
  const headers = { "content-type": "application/problem+json" };
  const body = JSON.stringify({ code: "UNSUPPORTED_MEDIA", detail: "This is a text." });
  server.behave = ({ path, nth }) => (path === "/photos/" && nth === 1 ? { answer: 415, headers, body } : undefined);
  const { summary, told } = await run(await photoTree({ "1.jpg": "1", "2.jpg": "2", "3.jpg": "3" }), {
    concurrency: 1,
  });
  assert.deepEqual(counts(summary), [3, 2, 0, 0, 1]);
  assert.equal(told.outcomes.get("2.jpg")?.reason, "refused by the server (415): This is a text.");
  assert.equal(exitOf(summary), 1);
});

test("a refused secret ends the run at once with exit code 77; no file is counted as sent", async (t) => {
  const { server, run } = await bench(t);
  server.behave = () => ({ answer: 401 });
  const { summary } = await run(await photoTree({ "1.jpg": "1", "2.jpg": "2", "x.txt": "x" }));
  assert.deepEqual([...counts(summary), summary.unreached], [3, 0, 0, 1, 2, 2]);
  assert.deepEqual(summary.failures, []);
  assert.equal(exitOf(summary), 77);
  assert.equal(server.requests.length, 1);
});

test("a secret that is refused in the middle ends the run as well", async (t) => {
  const { server, run } = await bench(t);
  server.behave = ({ path, nth }) => (path === "/photos/" && nth === 1 ? { answer: 401 } : undefined);
  const { summary } = await run(await photoTree({ "1.jpg": "1", "2.jpg": "2", "3.jpg": "3" }), { concurrency: 1 });
  assert.deepEqual([...counts(summary), summary.unreached], [3, 1, 0, 0, 2, 2]);
  assert.equal(exitOf(summary), 77);
  assert.equal(server.requests.filter(({ path }) => path === "/photos/").length, 2);
});

test("what ends the run for one photo ends it for those under way, without waiting for them", async (t) => {
  const { server, run } = await bench(t);
  server.behave = ({ path, nth }) => (path !== "/photos/" ? undefined : nth === 0 ? "stall" : { answer: 401 });
  const { summary, told } = await run(await photoTree({ "1.jpg": "1", "2.jpg": "2" }), { concurrency: 2 });
  assert.equal(exitOf(summary), 77);
  assert.deepEqual(told.waits, []);
});

test("after an answer that was lost the photo is not sent again", async (t) => {
  const { server, run } = await bench(t);
  server.behave = ({ path, nth }) => (path === "/photos/" && nth < 2 ? { cut: "after" } : undefined);
  const { summary } = await run(await photoTree({ "1.jpg": "1", "2.jpg": "2", "3.jpg": "3" }), { concurrency: 2 });
  assert.deepEqual(counts(summary), [3, 3, 0, 0, 0]);
  assert.deepEqual(server.received.toSorted(), ["1.jpg", "2.jpg", "3.jpg"]);
});

test("a server that comes back in time is waited for; the waits grow and are told", async (t) => {
  const { server, run } = await bench(t);
  const paused: number[] = [];
  const pause = async (ms: number): Promise<void> => {
    paused.push(ms);
    if (paused.length === 4) await server.open();
  };
  const cwd = await photoTree({ "1.jpg": "1", "2.jpg": "2" });
  await server.close();
  const { summary, told } = await run(cwd, { pause });
  assert.deepEqual(counts(summary), [2, 2, 0, 0, 0]);
  assert.deepEqual(paused, [500, 1500, 4000, 8000]);
  assert.deepEqual(told.waits, Array(4).fill("SERVER_UNREACHABLE"));
});

test("without anybody to ask, a lost server ends the run with exit code 75, and the next run goes on", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}.jpg`, `${n}`])));
  server.behave = ({ path, nth }) => (path === "/photos/" && nth >= 10 ? { late: 503 } : undefined);
  const first = await run(cwd);
  assert.equal(exitOf(first.summary), 75);
  // Waits are over at once here: a photo may have arrived whose answer was still on its way.
  assert.ok(first.summary.uploaded > 0 && first.summary.uploaded <= 10);
  assert.equal(first.summary.unreached, 30 - first.summary.uploaded);
  assert.ok(first.told.waits.length >= 5);
  server.behave = () => undefined;
  const second = await run(cwd);
  assert.deepEqual(counts(second.summary), [30, 20, 10, 0, 0]);
  assert.deepEqual(second.told.read, []);
  assert.equal(server.photos.size, 30);
});

test("a person is asked once for all that are waiting, and going on sends nothing twice and skips nothing", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree(Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}.jpg`, `${n}`])));
  server.behave = ({ path, nth }) => (path === "/photos/" && nth === 10 ? { cut: "before" } : undefined);
  const questions: PhotologError[] = [];
  let isDown = false;
  const { summary } = await run(cwd, {
    pause: async () => {
      if (!isDown) await server.close();
      isDown = true;
    },
    ask: async (error) => {
      questions.push(error);
      if (questions.length === 3) await server.open();
      return "resume";
    },
  });
  assert.deepEqual(counts(summary), [30, 30, 0, 0, 0]);
  assert.equal(questions.length, 3);
  assert.deepEqual(new Set(questions.map(({ code }) => code)), new Set(["SERVER_UNREACHABLE"]));
  assert.equal(server.received.length, 30);
  assert.equal(server.photos.size, 30);
});

test("a person who cancels gets exit code 75 and an account of what was not reached", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "1", "2.jpg": "2", "3.jpg": "3" });
  server.behave = ({ path, nth }) => (path === "/photos/" && nth >= 1 ? { late: 502 } : undefined);
  let asked = 0;
  const { summary, told } = await run(cwd, { concurrency: 1, ask: async () => (asked++, "cancel") });
  assert.equal(asked, 1);
  assert.equal(exitOf(summary), 75);
  assert.deepEqual([...counts(summary), summary.unreached], [3, 1, 0, 0, 2, 2]);
  assert.match(told.outcomes.get("3.jpg")?.reason ?? "", /^not reached: .* cannot be reached \(502\)/);
});

test("a sign-in page in between counts nothing as sent and halts", async (t) => {
  const { server, run } = await bench(t);
  server.behave = () => ({ answer: 200, body: "<html>Welcome</html>" });
  const { summary, told } = await run(await photoTree({ "1.jpg": "1" }));
  assert.equal(exitOf(summary), 75);
  assert.deepEqual(counts(summary), [1, 0, 0, 0, 1]);
  assert.deepEqual(new Set(told.waits), new Set(["SERVER_ANSWER_UNCLEAR"]));
});

test("a server that asks for time gets it", async (t) => {
  const { server, run } = await bench(t);
  server.behave = ({ nth }) => (nth === 0 ? { answer: 429, headers: { "retry-after": "60" } } : undefined);
  const paused: number[] = [];
  const pause = async (ms: number): Promise<void> => void paused.push(ms);
  const { summary } = await run(await photoTree({ "1.jpg": "1" }), { pause, concurrency: 1 });
  assert.equal(summary.uploaded, 1);
  assert.deepEqual(paused, [60_000, 60_000]);
});

test("a photo that breaks the connection again and again does not keep the others from being sent", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({
    "0 poison.jpg": randomBytes(900_000),
    ...Object.fromEntries(Array.from({ length: 30 }, (_, n) => [`${n}.jpg`, `${n}`])),
  });
  let poison = 0;
  server.behave = ({ contentLength }) => (contentLength > 500_000 ? (poison++, { cut: 300_000 }) : undefined);
  const { summary, told } = await run(cwd, { concurrency: 2 });
  assert.deepEqual(counts(summary), [31, 30, 0, 0, 1]);
  assert.equal(told.outcomes.get("0 poison.jpg")?.reason, `the connection broke ${poison} times while it was sent`);
  assert.ok(poison < 10);
});

test("a file that changes between reading and sending is read once more", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "before", "2.jpg": "other" });
  server.behave = ({ path }) => {
    if (path === "/photos/verify/" && server.photos.size === 0) put(join(cwd, "1.jpg"), "after!!");
    return undefined;
  };
  const { summary, told } = await run(cwd);
  assert.deepEqual(counts(summary), [2, 2, 0, 0, 0]);
  assert.equal(told.outcomes.get("1.jpg")?.sha256, sum("after!!"));
  assert.ok(!server.photos.has(sum("before")));
});

test("a file that never stops changing is failed with that reason", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "before", "2.jpg": "other" });
  server.behave = ({ path }) => {
    if (path === "/photos/verify/") appendFileSync(join(cwd, "1.jpg"), "more");
    return undefined;
  };
  const { summary, told } = await run(cwd);
  assert.deepEqual(counts(summary), [2, 1, 0, 0, 1]);
  assert.equal(told.outcomes.get("1.jpg")?.reason, "it changed while it was being read");
});

test("a journal that is wrong about a file does no harm: the server's checksum decides", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "before" });
  await run(cwd);
  server.forget();
  // Other bytes under the same size, time and inode.
  const { atimeMs, mtimeMs } = statSync(join(cwd, "1.jpg"));
  writeFileSync(join(cwd, "1.jpg"), "AFTER!");
  utimesSync(join(cwd, "1.jpg"), atimeMs / 1000, mtimeMs / 1000);
  const { summary, told } = await run(cwd);
  assert.deepEqual(counts(summary), [1, 1, 0, 0, 0]);
  assert.equal(told.outcomes.get("1.jpg")?.sha256, sum("AFTER!"));
});

test("a file that cannot be read is failed with the system's reason", (t) =>
  asOrdinaryUser(async () => {
    const { run } = await bench(t);
    const cwd = await photoTree({ "1.jpg": "1", "2.jpg": "2" });
    chmodSync(join(cwd, "1.jpg"), 0);
    const { summary } = await run(cwd);
    assert.deepEqual(summary.failures, [
      { path: "1.jpg", reason: "permission denied (EACCES)", file: join(cwd, "1.jpg") },
    ]);
  }));

test("a file that vanishes before it is read is failed", async (t) => {
  const { run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "1", "2.jpg": "2" });
  const { told } = await run(cwd, { surveyed: () => rmSync(join(cwd, "1.jpg")) });
  assert.equal(told.outcomes.get("1.jpg")?.reason, "no such file or folder (ENOENT)");
  assert.equal(told.outcomes.get("2.jpg")?.outcome, "uploaded");
});

test("Ctrl-C ends a run with exit code 130 and an account; the next run goes on", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree(Object.fromEntries(Array.from({ length: 20 }, (_, n) => [`${n}.jpg`, `${n}`])));
  const controller = new AbortController();
  server.behave = ({ path, nth }) => {
    if (path !== "/photos/" || nth < 8) return undefined;
    controller.abort();
    return "stall";
  };
  const first = await run(cwd, { signal: controller.signal });
  assert.equal(exitOf(first.summary), 130);
  assert.equal(first.summary.uploaded + first.summary.unreached, 20);
  assert.ok(first.summary.unreached >= 12);
  server.behave = () => undefined;
  const second = await run(cwd);
  assert.equal(second.summary.uploaded + second.summary.duplicate, 20);
  assert.equal(server.photos.size, 20);
});

test("waiting ends when every photo is everywhere, those that were there before included", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "1", "2.jpg": "2" });
  await run(cwd, { paths: ["1.jpg"] });
  server.deliveries = (_photo, looks) => ({
    archive: { state: "done", attempts: 1 },
    flickr: { state: looks < 3 ? "running" : "done", attempts: 1 },
    gphotos: { state: "skipped", attempts: 0 },
  });
  let pauses = 0;
  const { summary } = await run(cwd, { waits: true, pause: async () => void pauses++ });
  assert.deepEqual(counts(summary), [2, 1, 1, 0, 0]);
  assert.deepEqual(summary.undelivered, []);
  assert.equal(exitOf(summary), 0);
  assert.ok(pauses > 0);
});

test("waiting ends with exit code 1 when a delivery has failed or is parked, and says which", async (t) => {
  const { server, run } = await bench(t);
  const cwd = await photoTree({ "1.jpg": "1", "2.jpg": "2", "3.jpg": "3" });
  server.deliveries = ({ filename }, looks) => {
    if (filename === "1.jpg")
      return {
        flickr: { state: "failed", attempts: 3, error: "too large" },
        gphotos: { state: looks < 2 ? "waiting" : "done", attempts: 1 },
      };
    return { flickr: { state: filename === "2.jpg" ? "parked" : "unsupported", attempts: 0 } };
  };
  const { summary } = await run(cwd, { waits: true });
  assert.equal(summary.uploaded, 3);
  assert.deepEqual(
    summary.undelivered.toSorted((a, b) => (a.path < b.path ? -1 : 1)),
    [
      { path: "1.jpg", reason: "flickr failed: too large" },
      { path: "2.jpg", reason: "flickr parked" },
    ],
  );
  assert.equal(exitOf(summary), 1);
});

const misbehaviours: fc.Arbitrary<Misbehaviour | undefined> = fc.oneof(
  { weight: 4, arbitrary: fc.constant(undefined) },
  fc.constantFrom<Misbehaviour>(
    { cut: "before" },
    { cut: "after" },
    { cut: 30_000 },
    { late: 503 },
    { late: 502 },
    { answer: 503 },
    { answer: 200, body: "<html>" },
    { late: 202 },
    { late: 415 },
    { answer: 413 },
    { late: 500 },
    { answer: 429 },
    { answer: 507 },
  ),
);

test("whatever fails in whatever order, the outcomes add up and what is said to be there is there, once", async (t) => {
  const { server, run } = await bench(t);
  const contents = Array.from({ length: 9 }, (_, n) => (n % 3 === 0 ? "twin" : randomBytes(n * 9000 + 1)));
  const cwd = await photoTree(Object.fromEntries(contents.map((content, n) => [`${n}.jpg`, content])));
  await fc.assert(
    fc.asyncProperty(
      fc.array(misbehaviours, { maxLength: 40 }),
      fc.array(fc.boolean(), { maxLength: 3 }),
      fc.integer({ min: 1, max: 4 }),
      async (script, answers, concurrency) => {
        server.forget();
        server.received.length = 0;
        let request = 0;
        server.behave = () => script[request++];
        const decisions = [...answers];
        const ask = async (): Promise<"resume" | "cancel"> => (decisions.shift() === true ? "resume" : "cancel");
        const { summary, told } = await run(cwd, { concurrency, ask });
        assert.equal(summary.found, 9);
        const kept = new Map<string, string>();
        for (const [path, { outcome, sha256, key }] of told.outcomes) {
          if (outcome !== "uploaded" && outcome !== "duplicate") continue;
          assert.ok(sha256 !== undefined && key !== undefined);
          assert.equal(sha256, sum(readFileSync(join(cwd, path))));
          assert.equal(server.photos.get(sha256)?.key, key);
          if (outcome !== "uploaded") continue;
          assert.ok(!kept.has(sha256), "uploaded twice");
          kept.set(sha256, path);
        }
        if (summary.ended === undefined) assert.equal(summary.unreached, 0);
        assert.equal(exitOf(summary) === 0, summary.failed === 0);
        server.behave = () => undefined;
        const after = await run(cwd);
        assert.equal(after.summary.uploaded + after.summary.duplicate, 9);
        for (const content of contents) assert.ok(server.photos.has(sum(content)), "said to be there");
      },
    ),
    { numRuns: 60 },
  );
});
