/**
 * Originals to an S3 server on this machine, each proven, against `rclone copy` and `aws s3 cp`: what the puts alone cost, and from a
 * folder through `photolog upload` and `photolog serve`, without and with renditions. What the S3 server spends is not counted.
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
import { compete, type Contender, costOf, installed } from "./cost.ts";
import { checksumsOf } from "../src/media/checksum.ts";
import { cacheFolder, makePhotos, type PhotoFolder, photosIn } from "./inputs.ts";
import { type Case, show } from "./outcome.ts";
import type { KnownFile } from "./put-all.ts";
import { type Process, startProcess } from "./serving.ts";
import { throughServe } from "./through-serve.ts";

const { values } = parseArgs({
  options: {
    photos: { type: "string" },
    endpoint: { type: "string" },
    bucket: { type: "string", default: "photolog-test" },
    rounds: { type: "string", default: "3" },
    json: { type: "boolean" },
  },
});
const REGION = "eu-test-1";
const list = join(cacheFolder(), `originals-${process.pid}.json`);
const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

const startDouble = (...how: string[]): Promise<Process> =>
  startProcess([process.execPath, script("s3-double.ts"), ...how], { address: /^(http\S+)/ });
const server = values.endpoint === undefined ? await startDouble() : undefined;
const trusting = await startDouble("trusting");
try {
  const endpoint = server?.url ?? values.endpoint ?? "";
  // eslint-disable-next-line node/no-process-env -- as the other tools are told
  const { AWS_ACCESS_KEY_ID: id = "photolog-test", AWS_SECRET_ACCESS_KEY: key = "not-a-real-secret" } = process.env;
  const environment = {
    AWS_ACCESS_KEY_ID: id,
    AWS_SECRET_ACCESS_KEY: key,
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    AWS_CA_BUNDLE: "",
  };
  const bucket = values.bucket;
  const to = { endpoint, bucket, region: REGION, accessKeyId: id, secretAccessKey: key };
  const photos = (count: number): Promise<PhotoFolder> =>
    values.photos === undefined
      ? makePhotos({ width: 4752, height: 3168, count })
      : Promise.resolve(photosIn(values.photos));
  const [many, some] = [await photos(200), await photos(24)];
  const known: readonly KnownFile[] = await Promise.all(
    many.paths.map(async (path) => {
      const { sha256 } = await checksumsOf(path, ["sha256"]);
      return { path, size: statSync(path).size, sha256 };
    }),
  );
  writeFileSync(list, JSON.stringify(known));
  const putTo = (service: string): Contender["run"] => {
    const command = [process.execPath, script("put-all.ts"), service, bucket, list];
    return () => costOf(command, environment);
  };
  const peers = ({ folder }: PhotoFolder): (Contender & { readonly needs: string })[] => [
    {
      name: "rclone copy",
      role: "peer",
      needs: "rclone",
      run: () =>
        costOf(
          [
            "rclone",
            "copy",
            "--no-check-dest",
            "--s3-no-check-bucket",
            folder,
            `:s3,provider=Other,env_auth=true,region=${REGION},endpoint="${endpoint}":${bucket}/rclone`,
          ],
          environment,
        ),
    },
    {
      name: "aws s3 cp",
      role: "peer",
      needs: "aws",
      run: () => {
        const into = ["--endpoint-url", endpoint, folder, `s3://${bucket}/aws`];
        return costOf(["aws", "s3", "cp", "--recursive", "--only-show-errors", ...into], environment);
      },
    },
  ];
  const absent = new Set<string>();
  const caseOf = async (work: string, of: PhotoFolder, ours: readonly Contender[]): Promise<Case> => {
    const found = await installed([...ours, ...peers(of)]);
    for (const program of found.absent) absent.add(program);
    const megabytes = Math.round(of.bytes / 1e6).toLocaleString("en");
    const entries = await compete(found.present, Number(values.rounds));
    return { work: `${work}, ${megabytes} MB`, unit: "photo", count: of.paths.length, entries };
  };
  const cases = [
    await caseOf("puts", many, [
      { name: "photolog's puts", role: "ours", run: putTo(endpoint) },
      { name: "the same, to one that does not look", role: "ours", run: putTo(trusting.url) },
    ]),
    await caseOf("from a folder", some, [
      {
        name: "photolog upload and serve",
        role: "ours",
        run: () => throughServe(some.folder, to, { renditions: false }),
      },
      {
        name: "the same, with renditions",
        role: "ours",
        run: () => throughServe(some.folder, to, { renditions: true }),
      },
    ]),
  ];
  show({
    title: "Originals to S3",
    cases,
    absent: [...absent],
    remarks: [
      "Each is asked for before and after: what photolog calls proven. Where the service looks at what it takes, as Amazon's and Ceph's do, it computes the SHA-256; for another one we compute that and an MD5, and compare the ETag. rclone computes an MD5.",
      "From a folder: client, server and decoders together, until all is archived, the records too, the files hashed, received and written through to the disk before; with renditions, until they are archived as well.",
    ],
  });
} finally {
  await server?.stop();
  await trusting.stop();
  rmSync(list, { force: true });
}
