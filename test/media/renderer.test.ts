import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import sharp from "sharp";
import { openRenderer, type Order, type Renderer, type RendererLimits } from "../../src/media/renderer.ts";
import { picture } from "../support/pictures.ts";
import { temporaryFolder, whenDone } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const never = new AbortController().signal;
let folder: string;
let count = 0;

before(async () => {
  folder = await temporaryFolder();
});

function open(limits: RendererLimits = {}): Renderer {
  const renderer = openRenderer(limits);
  whenDone(async () => renderer.close());
  return renderer;
}

async function order(bytes: Uint8Array, mime = "image/jpeg"): Promise<Order> {
  const into = join(folder, String(++count));
  await mkdir(into);
  const path = join(folder, `original-${count}`);
  await writeFile(path, bytes);
  return { path, mime, kind: "image", into };
}

/** Of this process, or of another one. */
async function childrenOf(pid = process.pid): Promise<number[]> {
  const { stdout } = await run("ps", ["-o", "pid=,args=", "--ppid", String(pid)]).catch(() => ({ stdout: "" }));
  return stdout
    .split("\n")
    .filter((line) => line.includes("render-child"))
    .map((line) => Number.parseInt(line, 10));
}

/** So large that there is time to do something to whoever decodes it. */
const large = (): Promise<Buffer> =>
  sharp({ create: { width: 8000, height: 6000, channels: 3, background: "#345" } })
    .jpeg({ progressive: true })
    .toBuffer();

/** Of this process, or of another one. */
async function onlyChildOf(pid?: number): Promise<number> {
  return until("there is a child", async () => (await childrenOf(pid))[0]);
}

afterEach(() => until("no child is left", async () => (await childrenOf()).length === 0));

test("pictures are made in a child that gives way to others, and the next one in the same", async () => {
  const renderer = open();
  const given = await order(await picture({ seed: 1, width: 1200, height: 800 }));
  const { files, impression } = await renderer.render(given, never);
  assert.deepEqual(
    files.map(({ name, width, height }) => [name, width, height]),
    [
      ["grid", 480, 320],
      ["view", 1200, 800],
    ],
  );
  assert.deepEqual((await readdir(given.into)).sort(), ["grid.webp", "view.webp"]);
  assert.match(impression.colour, /^#[0-9a-f]{6}$/);
  assert.ok(Buffer.from(impression.placeholder, "base64").length < 40);
  const child = await onlyChildOf();
  const { stdout } = await run("ps", ["-o", "ni=", "-p", String(child)]);
  assert.equal(stdout.trim(), "19");
  await renderer.render(await order(await picture({ seed: 2 })), never);
  assert.deepEqual(await childrenOf(), [child]);
  renderer.close();
});

test("a child does not get the server's secrets", async () => {
  process.env["AWS_SECRET_ACCESS_KEY"] = "obviously-fake-key";
  process.env["API_SECRET"] = "obviously-fake-secret";
  whenDone(async () => {
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    delete process.env["API_SECRET"];
  });
  const renderer = open();
  await renderer.render(await order(await picture({ seed: 3 })), never);
  const environment = await readFile(`/proc/${await onlyChildOf()}/environ`, "utf8");
  renderer.close();
  const names = environment.split("\0").map((variable) => variable.split("=")[0] ?? "");
  assert.ok(names.includes("PATH"));
  assert.doesNotMatch(environment, /obviously-fake/);
  const needed = /^(PATH|HOME|TMPDIR|LANG|LC_ALL|TZ|LD_LIBRARY_PATH|MALLOC_ARENA_MAX|NODE_CHANNEL_.*|)$/;
  assert.deepEqual(
    names.filter((name) => !needed.test(name)),
    [],
  );
});

test("what is refused is refused as it would be here, and the child goes on", async () => {
  const renderer = open();
  await assert.rejects(renderer.render(await order(Buffer.from("not a picture")), never), { code: "UNDECODABLE" });
  await assert.rejects(renderer.render({ ...(await order(Buffer.alloc(0))), path: join(folder, "missing") }, never), {
    code: "ENOENT",
  });
  await renderer.render(await order(await picture({ seed: 3 })), never);
  renderer.close();
});

test("a child that is killed costs the picture it was at, and the next one is made by another", async () => {
  const renderer = open();
  const rendering = renderer.render(await order(await large()), never);
  const child = await onlyChildOf();
  process.kill(child, "SIGKILL");
  await assert.rejects(rendering, { code: "DECODER_LOST", message: /SIGKILL/ });
  await renderer.render(await order(await picture({ seed: 4 })), never);
  assert.notEqual(await onlyChildOf(), child);
  renderer.close();
});

for (const [what, limits, message] of [
  ["hangs", { time: 1000 }, /longer than 1 seconds/],
  ["takes too much memory", { memory: 10_000_000 }, /more than 10 MB/],
] as const) {
  test(`a child that ${what} is ended`, async () => {
    const rendering = open(limits).render(await order(await large()), never);
    process.kill(await onlyChildOf(), "SIGSTOP");
    await assert.rejects(rendering, { code: "DECODER_LOST", message });
  });
}

test("a child whose picture nobody wants any more is ended", async () => {
  const reason = new Error("stopping");
  const stop = new AbortController();
  const rendering = open().render(await order(await large()), stop.signal);
  process.kill(await onlyChildOf(), "SIGSTOP");
  stop.abort(reason);
  await assert.rejects(rendering, reason);
});

test("a child is replaced after so many pictures", async () => {
  const renderer = open({ pictures: 2 });
  const seen = new Set<number>();
  for (let seed = 1; seed <= 3; seed++) {
    const rendering = renderer.render(await order(await large()), never);
    seen.add(await onlyChildOf());
    await rendering;
  }
  assert.equal(seen.size, 2);
  renderer.close();
});

test("a server that is killed leaves no child behind", async () => {
  const given = await order(await large());
  const module = fileURLToPath(new URL("../../src/media/renderer.ts", import.meta.url));
  const code = `import { openRenderer } from ${JSON.stringify(module)};
    await openRenderer().render(${JSON.stringify(given)}, new AbortController().signal);`;
  const server = spawn(process.execPath, ["--input-type=module-typescript", "--eval", code], { stdio: "ignore" });
  const child = await onlyChildOf(server.pid);
  server.kill("SIGKILL");
  await once(server, "exit");
  await until("the child has ended", async () => {
    const { stdout } = await run("ps", ["-o", "stat=", "-p", String(child)]).catch(() => ({ stdout: "" }));
    return stdout.trim() === "" || stdout.startsWith("Z");
  });
});
