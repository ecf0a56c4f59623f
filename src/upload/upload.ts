/**
 * Sends photos to a server: scan → journal → checksum → bulk check → send → record. Each file has one outcome in the end,
 * whatever happens; see `upload` for the way, top to bottom.
 */
import { Readable } from "node:stream";
import { VERIFY_LIMIT } from "../api.ts";
import { PhotologError } from "../errors.ts";
import type { Kind } from "../photo.ts";
import { Connection } from "./connection.ts";
import { clearDone, type Cleared } from "./done.ts";
import { isFound, type Found } from "./entry.ts";
import { identify, recall, type Identified } from "./identify.ts";
import { KeptFolders } from "./kept-folders.ts";
import { meetAgain, ON_SERVER } from "./known.ts";
import { Pace } from "./pace.ts";
import { failure, knownToServer, type Run, type UploadOptions, type UploadParts } from "./run.ts";
import { scan } from "./scan.ts";
import { send } from "./send.ts";
import { Tally, type Summary, type Trouble } from "./tally.ts";
import { untilDelivered, type Kept } from "./until-delivered.ts";

/** So many bytes are read at most before the server is asked about what was read. */
const BATCH_BYTES = 64_000_000;

/** Never rejects because of the server, the disk or a person: the summary's `ended` says why a run ended early. */
export async function upload(options: UploadOptions, parts: UploadParts): Promise<Summary> {
  const began = parts.now();
  const { ask, ...others } = parts;
  const { reporter } = parts;
  const stop = new AbortController();
  const signal = AbortSignal.any([parts.signal, stop.signal]);
  const delivering: Kept[] = [];
  const kept = new KeptFolders(options, parts);
  const tally = new Tally((file, outcome) => {
    reporter.ended(file, outcome);
    if (isFound(file)) kept.ended(file, outcome);
    const { key, sha256 } = outcome;
    if (options.waits && key !== undefined && sha256 !== undefined) delivering.push({ path: file.path, key, sha256 });
  });
  const connection = new Connection({
    ...others,
    ...(ask === undefined ? {} : { ask: (error, asked) => ask(error, tally.soFar(), asked) }),
    signal,
    waiting: (error, ms) => reporter.waiting(error, ms),
    resumed: () => reporter.resumed(),
  });
  const pace = new Pace({ most: options.concurrency, now: parts.now });
  const run: Run = {
    ...others,
    options,
    signal,
    stop,
    tally,
    kept,
    connection,
    pace,
    underWay: new Map(),
    arrivals: [],
    progress: { taken: 0 },
  };

  let undelivered: readonly Trouble[] = [];
  let cleared: Cleared | undefined;
  let ended: PhotologError | undefined;
  try {
    const unsent = Readable.from(notOnServer(run), { highWaterMark: 2 * options.concurrency });
    await sendAll(unsent, run);
    if (options.waits) undelivered = await untilDelivered(delivering, run);
    if (options.clearing !== undefined) cleared = await clearDone(run.arrivals, options.clearing, run);
  } catch (error) {
    ended = endingOf(error, parts.signal);
    tally.endAll(`not reached: ${ended.message}`);
  } finally {
    stop.abort();
  }
  const summary = tally.summary({ seconds: (parts.now() - began) / 1000, undelivered, cleared, ended });
  await reporter.finished(summary);
  return summary;
}

/** 0 where every photo is where it should be. */
export function exitOf({ ended, failed, undelivered, cleared }: Summary): number {
  const isAllWell = failed === 0 && undelivered.length === 0 && (cleared?.left.length ?? 0) === 0;
  return ended?.exit ?? (isAllWell ? 0 : 1);
}

/** What is sent last waits until there is no more of what goes before it. */
const LATER = ["raw", "video"] as const satisfies readonly Kind[];

/** Files to send, in the order in which they go: images as they are found, then RAW, then films; each in path order. */
async function* filesOf(run: Run): AsyncGenerator<readonly Found[]> {
  const { options, reporter, signal, tally, kept } = run;
  const { paths, cwd, chooser, isReady } = options;
  const later: Record<(typeof LATER)[number], Found[]> = { raw: [], video: [] };
  for await (const entries of scan(paths, { cwd, chooser, signal })) {
    for (const entry of entries) if (!isFound(entry)) tally.pass(entry);
    const all = entries.filter(isFound);
    const found = isReady === undefined ? all : all.filter(isReady);
    for (const file of found) tally.add(file);
    reporter.surveyed(tally.soFar());
    if (await kept.has(found, run)) {
      for (const file of found) tally.end(file, ON_SERVER);
      continue;
    }
    if (found.length === all.length) kept.expect(found);
    const images: Found[] = [];
    for (const file of found) (file.kind === "image" ? images : later[file.kind]).push(file);
    if (images.length > 0) yield images;
  }
  tally.isWhole();
  reporter.surveyed(tally.soFar());
  for (const kind of LATER) yield later[kind];
}

/** Those of the files that the server does not have, in the same order. */
async function* notOnServer(run: Run): AsyncGenerator<Identified> {
  let batch: Identified[] = [];
  let bytesRead = 0;
  for await (const files of filesOf(run)) {
    for (const file of files) {
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
  const known = await knownToServer(
    batch.map(({ sha256 }) => sha256),
    run,
  );
  const unknown: Identified[] = [];
  const met: { photo: Identified; known: NonNullable<ReturnType<typeof known.get>> }[] = [];
  for (const photo of batch) {
    const found = known.get(photo.sha256);
    if (found === undefined) unknown.push(photo);
    else met.push({ photo, known: found });
  }
  await meetAgain(met, run);
  return unknown;
}

/** Sends them all, some at a time; the first one that ends the run ends it for the others. */
async function sendAll(unsent: Readable, run: Run): Promise<void> {
  const photos: AsyncIterableIterator<Identified> = unsent[Symbol.asyncIterator]();
  const stop = (error: unknown): never => {
    run.stop.abort(error);
    throw error;
  };
  const worker = async (): Promise<void> => {
    for await (const photo of photos) {
      const outcome = await send(photo, run).catch(stop);
      run.tally.end(photo.found, outcome);
      const { sha256, key } = outcome;
      if (run.options.clearing === undefined || key === undefined || sha256 === undefined) continue;
      run.arrivals.push({ file: photo.found, sha256 });
    }
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
