import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import type { PhotoView, UploadAnswer } from "../../src/api.ts";
import { copiesOf, startServices } from "../support/services.ts";
import { makeHome, MD5_OF_SECRET, serve } from "../support/photolog.ts";
import { writePicture } from "../support/pictures.ts";
import { temporaryFolder } from "../support/temporary.ts";
import { until } from "../support/until.ts";

const run = promisify(execFile);
const hasCurl = await run("curl", ["--version"]).then(
  () => true,
  () => false,
);

test(
  "the original's three curl lines work as they stand",
  { skip: hasCurl ? false : "curl is not installed" },
  async () => {
    const folder = await temporaryFolder();
    const home = await makeHome(folder);
    const { flickr, google, settings } = await startServices();
    const server = await serve(home, {
      UPLOAD_FOLDER: join(folder, "spool"),
      DB_FILE: join(folder, "photolog.db"),
      ARCHIVE_FOLDER: join(folder, "archive"),
      ...settings,
    });
    const curl = async (...fields: readonly string[]): Promise<UploadAnswer> => {
      const form = fields.flatMap((field) => ["-F", field]);
      const { stdout } = await run("curl", ["-sS", "-X", "POST", ...form, `${server.url}/photos/`], { cwd: folder });
      return JSON.parse(stdout) as UploadAnswer;
    };
    const photos = [];
    for (let seed = 1; seed <= 3; seed++) photos.push(await writePicture(join(folder, `DSC0064${seed}.JPG`), { seed }));
    const secret = `secret=${MD5_OF_SECRET}`;
    const answers = [
      await curl("photo_file=@DSC00641.JPG", secret),
      await curl("photo_file=@DSC00642.JPG", secret, "tags=vegas,travel"),
      await curl("photo_file=@DSC00643.JPG", secret, "skip=gphotos"),
    ];
    assert.deepEqual(
      answers,
      photos.map(({ sha256 }) => ({ key: sha256.slice(0, 12), sha256, queued: true })),
    );
    const views = await Promise.all(
      answers.map(({ key }) =>
        until("it is everywhere", async () => {
          const view = await server.get<PhotoView>(`/photos/${key}`);
          return view.state === "done" && view;
        }),
      ),
    );
    assert.deepEqual(
      views.map((view) => [
        view.filename,
        view.tags,
        view.destinations.gphotos?.state,
        view.destinations.flickr?.state,
      ]),
      [
        ["DSC00641.JPG", [], "done", "done"],
        ["DSC00642.JPG", ["travel", "vegas"], "done", "done"],
        ["DSC00643.JPG", [], "skipped", "done"],
      ],
    );
    const once = Object.fromEntries(photos.map(({ sha256 }) => [sha256, 1]));
    assert.deepEqual(copiesOf(flickr.photos), once);
    delete once[photos[2]?.sha256 ?? ""];
    assert.deepEqual(copiesOf(google.items), once);
  },
);
