/**
 * Originals from a folder to an S3 server on this machine, each proven, against `rclone copy` and `aws s3 cp`. Only what the client
 * spends is counted.
 *
 *   node bench/s3.ts [--photos DIR] [--rounds N] [--json]
 *
 * The server is the strict double of the tests, in a process of its own. Another one: `--endpoint URL --bucket NAME` with
 * `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` in the environment.
 */
import { rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { compete, costOf, installed } from "./cost.ts";
import { checksumsOf } from "../src/media/checksum.ts";
import { cacheFolder, makePhotos, photosIn } from "./inputs.ts";
import { show } from "./outcome.ts";
import type { KnownFile } from "./put-all.ts";
import { startProcess } from "./serving.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string" },
    endpoint: { type: "string" },
    bucket: { type: "string", default: "photolog-test" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean" },
  },
});
const list = join(cacheFolder(), `originals-${process.pid}.json`);
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const server =
  values.endpoint === undefined
    ? await startProcess([process.execPath, script("s3-double.ts")], { address: /^(http\S+)/ })
    : undefined;
try {
  const endpoint = server?.url ?? values.endpoint ?? "";
  // eslint-disable-next-line node/no-process-env -- as the other tools are told
  const { AWS_ACCESS_KEY_ID: id = "photolog-test", AWS_SECRET_ACCESS_KEY: key = "not-a-real-secret" } = process.env;
  const environment = {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: key,
    AWS_REGION: "eu-test-1",
    AWS_DEFAULT_REGION: "eu-test-1",
    AWS_CA_BUNDLE: "",
  };
  const { folder, paths, bytes } =
    values.photos === undefined ? await makePhotos({ width: 4752, height: 3168, count: 60 }) : photosIn(values.photos);
  const known: readonly KnownFile[] = await Promise.all(
    paths.map(async (path) => {
      const { sha256 } = await checksumsOf(path, ["sha256"]);
      return { path, size: statSync(path).size, sha256 };
    }),
  );
  writeFileSync(list, JSON.stringify(known));
  const bucket = values.bucket;
  const remote = `:s3,provider=Other,env_auth=true,region=eu-test-1,endpoint="${endpoint}":${bucket}/rclone`;
  const { present, absent } = await installed([
    {
      name: "photolog's puts",
      role: "ours",
      run: () => costOf([process.execPath, script("put-all.ts"), endpoint, bucket, list], environment),
    },
    {
      name: "the same, as at Amazon's",
      role: "ours",
      run: () => costOf([process.execPath, script("put-all.ts"), endpoint, bucket, list, "on"], environment),
    },
    {
      name: "rclone copy",
      role: "peer",
      needs: "rclone",
      run: () => costOf(["rclone", "copy", "--no-check-dest", "--s3-no-check-bucket", folder, remote], environment),
    },
    {
      name: "aws s3 cp",
      role: "peer",
      needs: "aws",
      run: () =>
        costOf(
          [
            "aws",
            "s3",
            "cp",
            "--recursive",
            "--only-show-errors",
            "--endpoint-url",
            endpoint,
            folder,
            `s3://${bucket}/aws`,
          ],
          environment,
        ),
    },
  ]);
  show({
    title: "Originals to S3, what the client spends",
    cases: [
      {
        work: `photos, ${Math.round(bytes / 1e6).toLocaleString("en")} MB`,
        unit: "photo",
        count: paths.length,
        entries: await compete(present, Number(values.rounds)),
      },
    ],
    absent,
    remarks: [
      "Every body's SHA-256 is computed again and signed, and the blob asked for before and after: what photolog calls proven. At Amazon's the service tells its own SHA-256, elsewhere an MD5 is computed and compared with the ETag. rclone computes an MD5.",
    ],
  });
} finally {
  await server?.stop();
  rmSync(list, { force: true });
}
