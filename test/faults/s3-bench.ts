/** The archive in a bucket, and everything that may be wrong with it or on the way to it. */
import { createHash } from "node:crypto";
import { openS3, type S3Options } from "../../src/storage/s3.ts";
import type { S3FailureId } from "../../src/storage/s3-failures.ts";
import { s3Failure } from "../../src/storage/s3-failure.ts";
import { stoppedClock } from "../support/clock.ts";
import { S3_TROUBLES, startTroubledS3, type S3Trouble } from "../support/s3-answers.ts";
import { optionsFor } from "../support/s3-server.ts";
import { openFlickrBench } from "./flickr-bench.ts";
import { type Bench, START } from "./matrix.ts";

export interface S3Bench extends Bench {
  /** From now on, or from the next run on, every put fails so. */
  fails(id: S3FailureId): void;
  close(): Promise<void>;
}

/** What happens to a put, where the examples of the table are of something else. */
const OF_A_PUT: Readonly<Partial<Record<S3FailureId, S3Trouble>>> = {
  "answer unreadable": { answer: "html-200" },
  "no such blob": { answer: { status: 404, code: "NoSuchKey" } },
};

export async function openS3Bench(): Promise<S3Bench> {
  const clock = stoppedClock(START);
  const at = await startTroubledS3();
  const flickr = await openFlickrBench();
  const { server } = at;
  let wrong: { settings?: Partial<S3Options>; refusal?: unknown } = {};

  return {
    clock,
    lane: "archive",
    otherLane: "flickr",
    async begin(outside) {
      const { settings, refusal } = wrong;
      const notes = outside.catalog.notes("archive");
      const store = openS3(optionsFor(server, { maxAttempts: 1, ...settings }), { notes, now: clock.now });
      const archive = refusal === undefined ? store : { ...store, put: () => Promise.reject(refusal) };
      return { archive, destinations: (await flickr.begin(outside)).destinations };
    },
    fails(id) {
      if (id === "this machine's limits") {
        // The one thing that is made up: the refusal of the operating system.
        const error = Object.assign(new Error("connect EMFILE"), { code: "EMFILE" });
        wrong = { refusal: s3Failure(error, { what: "Putting originals/…", secrets: [] }) };
        return;
      }
      const trouble = OF_A_PUT[id] ?? S3_TROUBLES[id].find(({ operation }) => operation === undefined);
      if (trouble === undefined) throw new Error(`No put leads to "${id}".`);
      const { answer, settings } = trouble;
      if (settings !== undefined) wrong = { settings: settings(at) };
      if (answer === undefined) return;
      server.fault({ when: ({ operation }) => operation === "PutObject", answer, times: Infinity });
    },
    heal() {
      wrong = {};
      server.clearFaults();
    },
    copies: (sha256) => [...server.objects.values()].filter(({ bytes }) => sha256Of(bytes) === sha256).length,
    secrets: () => [server.secretAccessKey, "not-the-secret", "AWS4-HMAC"],
    async close() {
      await Promise.all([at.close(), flickr.server.close()]);
    },
  };
}

function sha256Of(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}
