/**
 * Sends photos to a server: scan → journal → checksum → bulk check → send → record. Each file has one outcome in the end,
 * whatever happens; see `upload` for the way, top to bottom.
 */
import { Readable } from "node:stream";
import { VERIFY_LIMIT } from "../api.ts";
import { PhotologError } from "../errors.ts";
import { Connection } from "./connection.ts";
import { identify, recall, type Identified } from "./identify.ts";
import { failure, keysOnServer, type Run, type UploadOptions, type UploadParts } from "./run.ts";
import type { Found } from "./entry.ts";
import { inOrder, scan } from "./scan.ts";
import { ON_SERVER, send } from "./send.ts";
import { Tally, type Summary, type Trouble } from "./tally.ts";
import { untilDelivered, type Kept } from "./until-delivered.ts";

/** So many bytes are read at most before the server is asked about what was read. */
const BATCH_BYTES = 64_000_000;

/** Never rejects because of the server, the disk or a person: the summary's `ended` says why a run ended early. */
export async function upload(options: UploadOptions, parts: UploadParts): Promise<Summary> {
  const began = parts.now();
  const { reporter } = parts;
  const stop = new AbortController();
  const signal = AbortSignal.any([parts.signal, stop.signal]);
  const kept: Kept[] = [];
  const tally = new Tally((file, outcome) => {
    reporter.ended(file, outcome);
    const { key, sha256 } = outcome;
    if (options.waits && key !== undefined && sha256 !== undefined) kept.push({ path: file.path, key, sha256 });
  });
  const connection = new Connection({
    ...parts,
    signal,
    waiting: (error, ms) => reporter.waiting(error, ms),
    resumed: () => reporter.resumed(),
  });
  const run: Run = { ...parts, options, signal, stop, tally, connection, underWay: new Map(), progress: { taken: 0 } };

  let undelivered: readonly Trouble[] = [];
  let ended: PhotologError | undefined;
  try {
    const found = await survey(run);
    const unsent = Readable.from(notOnServer(found, run), { highWaterMark: 2 * options.concurrency });
    await sendAll(unsent, run);
    if (options.waits) undelivered = await untilDelivered(kept, run);
  } catch (error) {
    ended = endingOf(error, parts.signal);
    tally.endAll(`not reached: ${ended.message}`);
  } finally {
    stop.abort();
  }
  const summary = tally.summary({ seconds: (parts.now() - began) / 1000, undelivered, ended });
  await reporter.finished(summary);
  return summary;
}

/** 0 where every photo is where it should be. */
export function exitOf({ ended, failed, undelivered }: Summary): number {
  return ended?.exit ?? (failed > 0 || undelivered.length > 0 ? 1 : 0);
}

async function survey({ options, reporter, signal, tally }: Run): Promise<readonly Found[]> {
  const found: Found[] = [];
  let bytes = 0;
  for await (const entries of scan(options.paths, { cwd: options.cwd, signal })) {
    for (const file of tally.add(entries)) {
      found.push(file);
      bytes += file.bytes;
    }
    reporter.surveying(found.length);
  }
  reporter.surveyed({ photos: found.length, bytes });
  return inOrder(found);
}

/** Those of the files that the server does not have, in the same order. */
async function* notOnServer(found: readonly Found[], run: Run): AsyncGenerator<Identified> {
  let batch: Identified[] = [];
  let bytesRead = 0;
  for (const file of found) {
    const recalled = recall(file, run.journal);
    const identified = recalled ?? (await identifyOrEnd(file, run));
    if (identified === undefined) continue;
    batch.push(identified);
    if (recalled === undefined) bytesRead += identified.bytes;
    if (batch.length < VERIFY_LIMIT && bytesRead < BATCH_BYTES) continue;
    yield* await unknownOf(batch, run);
    batch = [];
    bytesRead = 0;
  }
  yield* await unknownOf(batch, run);
}

async function identifyOrEnd(file: Found, run: Run): Promise<Identified | undefined> {
  run.reporter.reading(file);
  try {
    return await identify(file, run);
  } catch (error) {
    run.tally.end(file, failure(error));
    return undefined;
  }
}

async function unknownOf(batch: readonly Identified[], run: Run): Promise<Identified[]> {
  if (batch.length === 0) return [];
  const known = await keysOnServer(
    batch.map(({ sha256 }) => sha256),
    run,
  );
  return batch.filter(({ found, sha256, bytes }) => {
    const key = known.get(sha256);
    if (key !== undefined) run.tally.end(found, { ...ON_SERVER, sha256, bytes, key });
    return key === undefined;
  });
}

/** Sends them all, some at a time; the first one that ends the run ends it for the others. */
async function sendAll(unsent: Readable, run: Run): Promise<void> {
  const photos: AsyncIterableIterator<Identified> = unsent[Symbol.asyncIterator]();
  const stop = (error: unknown): never => {
    run.stop.abort(error);
    throw error;
  };
  const worker = async (): Promise<void> => {
    for await (const photo of photos) run.tally.end(photo.found, await send(photo, run).catch(stop));
  };
  const workers = Array.from({ length: run.options.concurrency }, () => worker().catch(stop));
  await Promise.allSettled(workers);
  await Promise.all(workers);
}

function endingOf(error: unknown, interrupt: AbortSignal): PhotologError {
  if (interrupt.aborted) {
    return new PhotologError("INTERRUPTED", "Interrupted.", {
      hint: "Run the same command again to go on where it stopped.",
    });
  }
  if (error instanceof PhotologError) return error;
  throw error;
}
