/** The package as it would be published, installed as a user installs it, away from the source. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { PhotosAnswer } from "../../src/api.ts";
import { makeHome, runPhotolog, SECRET, serve } from "../support/photolog.ts";
import { writePicture } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../..", import.meta.url));

test("installed globally from its tarball, photolog serves, takes a photo, renders it and publishes the gallery", async () => {
  const folder = await temporaryFolder();
  const prefix = join(folder, "prefix");
  await mkdir(prefix);
  // What its scripts would build is there: `npm test` has built it.
  await run("npm", ["pack", "--ignore-scripts", "--pack-destination", folder], { cwd: root });
  const tarball = (await readdir(folder)).find((name) => name.endsWith(".tgz"));
  assert.ok(tarball);
  const options = ["--global", "--prefix", prefix, "--prefer-offline", "--no-audit", "--no-fund"];
  await run("npm", ["install", ...options, join(folder, tarball)]);
  const home = { ...(await makeHome(folder)), program: [join(prefix, "bin/photolog")] as const };
  const version = await runPhotolog(home, ["--version"]);
  assert.match(version.stdout, /^photolog\/\d+\.\d+\.\d+ /);
  const help = await runPhotolog({ ...home, program: [join(prefix, "bin/upload2photolog")] }, ["--help"]);
  assert.match(help.stdout, /USAGE/);

  const server = await serve(home, {
    UPLOAD_FOLDER: join(folder, "spool"),
    DB_FILE: join(folder, "photolog.db"),
    ARCHIVE_FOLDER: join(folder, "archive"),
  });
  await writePicture(join(folder, "photos/one.jpg"), { seed: 4711, width: 1200, height: 800 });
  const sent = await runPhotolog(home, ["upload", join(folder, "photos"), "--host", server.url, "--wait"], {
    PHOTOLOG_SECRET: SECRET,
  });
  assert.equal(sent.code, 0, sent.stderr);
  const { photos } = await server.get<PhotosAnswer>("/photos/");
  assert.equal(photos[0]?.destinations.renditions?.state, "done");
  await server.end("SIGTERM");
  const to = ["--to", join(folder, "site"), "--settings", join(folder, "settings.yaml")];
  const published = await runPhotolog(home, ["gallery", "publish", ...to, "--json"]);
  assert.equal((JSON.parse(published.stdout) as { pictures: number }).pictures, 2, published.stderr);
});
