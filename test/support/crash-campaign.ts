/**
 * Kills the real server again and again while photos arrive and services lose answers; then lets it finish, and counts.
 * One seed gives the same photos, faults and instants; what the operating system makes of an instant is its own affair.
 */
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { StatusAnswer } from "../../src/api.ts";
import { makeHome, runPhotolog, SECRET, serve } from "./photolog.ts";
import { picture, sha256 } from "./pictures.ts";
import { file, form } from "./form.ts";
import { copiesOf, startBucket, startServices } from "./services.ts";
import { temporaryFolder } from "./temporary.ts";
import { until } from "./until.ts";

export interface Campaign {
  readonly kills: number;
  readonly seed: number;
  /** Is told how it goes. */
  readonly say: (line: string) => void;
}

interface Sample {
  readonly bytes: Buffer;
  readonly sha256: string;
  readonly skip: readonly ("flickr" | "gphotos")[];
}

const PHOTOS_A_ROUND = 3;
const SENDERS = 4;

export async function crashCampaign({ kills, seed, say }: Campaign): Promise<void> {
  const random = randomFrom(seed);
  const chance = (of: number): boolean => random() < of;
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const { s3, settings: bucket } = await startBucket();
  const { flickr, google, settings: services } = await startServices();
  const spool = join(folder, "spool");
  const settings = {
    UPLOAD_FOLDER: spool,
    DB_FILE: join(folder, "photolog.db"),
    LOG_LEVEL: "warn",
    ...bucket,
    ...services,
  };

  const sent = new Map<string, Sample>();
  const acknowledged = new Set<string>();
  let unanswered: Sample[] = [];

  const send = async (url: string, sample: Sample): Promise<void> => {
    try {
      const answer = await fetch(`${url}/photos/`, {
        method: "POST",
        body: form({
          photo_file: file(sample.bytes, `${sample.sha256.slice(0, 6)}.jpg`),
          ...(sample.skip.length > 0 && { skip: sample.skip.join() }),
        }),
        headers: { authorization: `Bearer ${SECRET}` },
      });
      assert.ok(answer.ok, await answer.clone().text());
      const told = (await answer.json()) as { sha256: string };
      assert.equal(told.sha256, sample.sha256);
      acknowledged.add(sample.sha256);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      unanswered.push(sample);
    }
  };

  /** What nobody has run into by now is not kept for later: many at once would be an outage, not lost answers. */
  const clearFaults = (): void => {
    flickr.clearFaults();
    google.clearFaults();
  };

  const loseAnswers = (): void => {
    clearFaults();
    if (chance(0.3)) s3.fault({ when: ({ operation }) => operation === "PutObject", answer: "reset-after-commit" });
    if (chance(0.1)) s3.fault({ when: () => true, answer: { status: 503, code: "SlowDown" } });
    if (chance(0.3))
      void flickr.fault({ when: "upload", stored: true, answer: chance(0.5) ? "reset" : { status: 502 } });
    if (chance(0.3)) google.fault({ when: ({ path }) => path.includes("batchCreate"), answer: "commit then reset" });
    if (chance(0.1)) google.fault({ when: ({ path }) => path.includes("uploads"), answer: { cutAfter: 500 } });
  };

  for (let kill = 1; kill <= kills; kill++) {
    const server = await serve(home, settings);
    loseAnswers();
    const samples = unanswered;
    unanswered = [];
    for (let i = 0; i < PHOTOS_A_ROUND; i++) {
      const bytes = await picture({ seed: seed * 100_000 + kill * 10 + i, width: 160, height: 120 });
      const skip = (["flickr", "gphotos"] as const).filter(() => chance(0.2));
      const sample = { bytes, sha256: sha256(bytes), skip };
      sent.set(sample.sha256, sample);
      samples.push(sample);
    }
    // What has waited longest goes first; what cannot be sent before the end waits for the next round.
    const sending = Promise.all(
      Array.from({ length: SENDERS }, async () => {
        for (let sample = samples.shift(); sample !== undefined; sample = samples.shift())
          await send(server.url, sample);
      }),
    );
    // Mostly soon, now and then when a delivery in doubt has waited its time.
    const instant = chance(0.1) ? 10_000 + random() * 2_000 : random() * 900;
    await pause(instant);
    await server.end("SIGKILL");
    await sending;
    if (kill % 20 === 0) say(`${kill} kills, ${acknowledged.size} photos acknowledged`);
  }

  clearFaults();
  // Lanes that lost answers have closed may stay so for half an hour: somebody looks after them, as their owner would.
  const retried = await runPhotolog(home, ["jobs", "retry", "--all", "--settings", "settings.yaml"]);
  assert.equal(retried.code, 0, retried.stderr);
  const server = await serve(home, settings);
  for (const sample of unanswered.splice(0)) await send(server.url, sample);
  assert.equal(unanswered.length, 0);
  assert.equal(acknowledged.size, sent.size);
  await until(
    "everything is everywhere",
    async () => {
      const status = await server.get<StatusAnswer>("/status");
      for (const { counts } of Object.values(status.destinations)) assert.equal(counts.failed, 0, server.output());
      if (process.env["PHOTOLOG_TEST_DEBUG"]) say(JSON.stringify([status.destinations, status.spool]));
      return status.spool.photos === 0;
    },
    600_000,
  );

  const { photos, destinations } = await server.get<StatusAnswer>("/status");
  assert.equal(photos, sent.size, "every photo is in the catalog once");
  const samples = [...sent.values()];
  const wanting = (service: "flickr" | "gphotos"): Sample[] => samples.filter(({ skip }) => !skip.includes(service));
  const once = (some: readonly Sample[]): Record<string, number> =>
    Object.fromEntries(some.map((sample) => [sample.sha256, 1]));
  assert.equal(destinations.archive?.counts.done, photos);
  assert.equal(destinations.renditions?.counts.done, photos);
  for (const [service, kept] of [
    ["flickr", flickr.photos],
    ["gphotos", google.items],
  ] as const) {
    assert.deepEqual(copiesOf(kept), once(wanting(service)), `exactly one copy of each at ${service}`);
    assert.equal(destinations[service]?.counts.done, wanting(service).length);
    assert.equal(destinations[service]?.counts.skipped, photos - wanting(service).length);
  }
  const originals = [...s3.objects].filter(([key]) => key.startsWith("originals/") && key.endsWith(".jpg"));
  assert.deepEqual(copiesOf(originals.map(([, { bytes }]) => ({ sha256: sha256(bytes) }))), once(samples));
  assert.deepEqual(await readdir(spool), [], "nothing is left in the spool");
  assert.equal(s3.pendingUploads, 0);
  assert.equal((await server.end("SIGTERM")).code, 0);
  say(`${kills} kills, ${photos} photos, each archived byte for byte and at each destination once`);
}

/** Mulberry32: small, and the same everywhere. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
