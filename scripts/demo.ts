/**
 * The main job of photolog on its embedded default, with sample photos or your own:
 *
 *   npm run demo            makes some photos, uploads and archives them, publishes the gallery
 *   npm run demo -- DIR…    does the same with your photos; they are only read
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { rm } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const bin = join(root, "bin", "run.js");
const folder = join(root, ".demo");
const data = join(folder, "data");
const environment = { ...process.env, XDG_DATA_HOME: data, XDG_STATE_HOME: join(folder, "state"), SETTINGS: "" };

const given = process.argv.slice(2).map((path) => resolve(process.env["INIT_CWD"] ?? process.cwd(), path));
await rm(folder, { recursive: true, force: true });
const photos = given.length > 0 ? given : await makePhotos(join(folder, "photos"));

const server = spawn(process.execPath, [bin, "serve", "--port", "0"], {
  env: { ...environment, PHOTOLOG_LOG_LEVEL: "warn" },
  stdio: ["ignore", "pipe", "inherit"],
});
process.once("exit", () => server.kill());
try {
  const url = await addressOf(server);
  step("Uploading, and waiting until everything is archived");
  await photolog("upload", ...photos, "--host", url, "--wait", "--tags", "demo");
  step("Publishing the gallery");
  await photolog("gallery", "publish");
  step("Where everything is");
  await photolog("status");
} finally {
  server.kill("SIGTERM");
  await once(server, "exit");
}

const archive = join(data, "photolog", "archive");
const gallery = join(archive, "gallery", "index.html");
console.log(`
Done. Look at:
  the gallery    ${pathToFileURL(gallery).href}
  the originals  ${relative(process.cwd(), join(archive, "originals"))}
  the server     XDG_DATA_HOME=${relative(process.cwd(), data)} npx photolog serve
                 (its gallery asks for the secret in ${relative(process.cwd(), join(data, "photolog", "api_secret"))})`);

async function makePhotos(into: string): Promise<string[]> {
  step("Making sample photos");
  const { makeSamplePhotos } = await import("./sample-photos.ts");
  const made = await makeSamplePhotos(into);
  console.log(`${made.length} photos in ${relative(process.cwd(), into)}`);
  return [into];
}

async function addressOf(child: ChildProcess): Promise<string> {
  step("Starting the server");
  if (child.stdout === null) throw new Error("The server has no output.");
  for await (const line of createInterface({ input: child.stdout })) {
    console.log(line);
    const url = /^Photolog listens on (\S+)/.exec(line)?.[1];
    if (url !== undefined) return url;
  }
  throw new Error("The server did not start.");
}

async function photolog(...args: readonly string[]): Promise<void> {
  const child = spawn(process.execPath, [bin, ...args], { env: environment, stdio: "inherit" });
  const [code] = (await once(child, "exit")) as [number | null];
  if (code !== 0) {
    process.exitCode = 1;
    throw new Error(`photolog ${args[0]} ended with ${code}.`);
  }
}

function step(title: string): void {
  console.log(`\n── ${title}`);
}
