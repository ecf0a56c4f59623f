/** Reads the body of `POST /photos/` as it comes: files to the spool, fields to memory, in whatever order. */
import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import { Busboy } from "@fastify/busboy";
import { FIELDS } from "../api.ts";
import { messageOf, PhotologError } from "../errors.ts";
import type { Spool } from "../storage/spool.ts";
import type { Arrival } from "./ingest.ts";

/** Their values are kept one a line. */
const REPEATABLE: ReadonlySet<string> = new Set([FIELDS.album, FIELDS.related]);
const LONGEST_FIELD = 64 * 1024;
const LARGEST_SIDECAR = 1024 * 1024;
/** Whether there is still room is looked at each time that so much has come: not every body says how long it will be. */
export const LOOK_BYTES = 512 * 1024;
/** A body has to bring that much in each such span of time. */
const SLOWEST_BYTES = 16 * 1024;
export const PACE_MS = 30_000;

export interface PhotoForm {
  readonly fields: ReadonlyMap<string, string>;
  readonly photo: Arrival | undefined;
  readonly sidecars: readonly Arrival[];
}

export interface FormLimits {
  /** Bytes that the photo may have, as far as is known now. */
  readonly largest: () => number;
  /** In each such span of time a body has to bring something worth the name; half a minute. */
  readonly paceMs?: number;
  /** Is told each field as it comes; may reject to end the request there. */
  readonly onField: (name: string, value: string) => Promise<void>;
}

/** Resolves when the whole body was read. Leaves nothing in the spool when it rejects. */
export async function readPhotoForm(request: IncomingMessage, spool: Spool, limits: FormLimits): Promise<PhotoForm> {
  const fields = new Map<string, string>();
  const photos: Arrival[] = [];
  const sidecars: Arrival[] = [];
  let photosBegun = 0;
  const files: Promise<void>[] = [];
  const streams: Readable[] = [];
  let failure: unknown;
  let stopWatching: (() => void) | undefined;

  const body = openBusboy(request);
  const finished = new Promise<void>((resolve, reject) => {
    const fail = (error: unknown): void => {
      failure ??= error;
      reject(failure);
      request.unpipe(body);
    };
    body.on("field", (name: string, value: string, _nameCut: boolean, valueCut: boolean) => {
      if (valueCut) return fail(new PhotologError("BAD_FIELD", `The field ${name.slice(0, 40)} is too long.`));
      // An album's title may have a comma, so several come as several fields.
      const before = REPEATABLE.has(name) ? fields.get(name) : undefined;
      fields.set(name, before === undefined ? value : `${before}\n${value}`);
      limits.onField(name, value).catch(fail);
    });
    body.on("file", (name: string, stream: Readable & { truncated?: boolean }, filename: string | undefined) => {
      const limit = name === FIELDS.file ? limits.largest : () => LARGEST_SIDECAR;
      if ((name !== FIELDS.file && name !== FIELDS.sidecar) || (name === FIELDS.file && ++photosBegun > 1)) {
        stream.resume();
        return fail(new PhotologError("BAD_FIELD", `There must be one file, in the field ${FIELDS.file}.`));
      }
      streams.push(stream);
      // Whoever reads it is told; after that nobody listens, and an error would end the process.
      stream.on("error", () => undefined);
      const file = receive(stream, { spool, limit }).then(({ incoming, file }) => {
        (name === FIELDS.file ? photos : sidecars).push({ filename: lastSegment(filename ?? ""), incoming, file });
      });
      files.push(file);
      file.catch(fail);
    });
    body.on("finish", resolve);
    body.on("error", (error: unknown) => fail(cutShort(error)));
    request.on("error", (error) => fail(cutShort(error)));
    request.on("close", () => {
      if (!request.complete) fail(cutShort(undefined));
    });
    stopWatching = watchPace(request, limits.paceMs ?? PACE_MS, fail);
    request.pipe(body);
  });

  try {
    await finished;
    await Promise.all(files);
    return { fields, photo: photos[0], sidecars };
  } catch (error) {
    for (const stream of streams) stream.destroy(error instanceof Error ? error : undefined);
    body.destroy();
    await Promise.allSettled(files);
    await discardAll([...photos, ...sidecars]);
    throw error;
  } finally {
    stopWatching?.();
  }
}

export async function discardAll(arrivals: readonly Arrival[]): Promise<void> {
  for (const { incoming } of arrivals) await incoming.discard();
}

/** A client that sends next to nothing holds a place that others need. Answers how to stop watching, once the body matters no more. */
export function watchPace(request: IncomingMessage, paceMs: number, fail: (error: unknown) => void): () => void {
  const { socket } = request;
  let before = socket.bytesRead;
  const timer = setInterval(() => {
    const received = socket.bytesRead - before;
    before = socket.bytesRead;
    if (received < SLOWEST_BYTES) {
      fail(new PhotologError("TOO_SLOW", "The body came too slowly.", { hint: "Send it again on a better line." }));
    }
  }, paceMs);
  const stop = (): void => clearInterval(timer);
  request.once("end", stop);
  return stop;
}

/** Some clients send the whole path of a file. */
export function lastSegment(filename: string): string {
  return filename.slice(filename.lastIndexOf("/") + 1);
}

function openBusboy(request: IncomingMessage): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: request.headers as { "content-type": string },
      limits: { fieldSize: LONGEST_FIELD, fields: 50, files: 10, parts: 60 },
      // Busboy would take a backslash for a path, too.
      preservePath: true,
      // A browser or a script may leave the file name out; these fields are files all the same.
      isPartAFile: (name, contentType, filename) =>
        name === FIELDS.file ||
        name === FIELDS.sidecar ||
        contentType === "application/octet-stream" ||
        filename !== undefined,
    });
  } catch (error) {
    throw new PhotologError("BAD_FIELD", `The body is not multipart/form-data: ${messageOf(error)}.`, { cause: error });
  }
}

async function receive(
  stream: Readable,
  { spool, limit }: { spool: Spool; limit: () => number },
): Promise<Pick<Arrival, "incoming" | "file">> {
  const incoming = await spool.receive();
  try {
    let nextLook = LOOK_BYTES;
    for await (const chunk of stream) {
      await incoming.write(chunk as Buffer);
      if (incoming.bytes > limit()) throw new PhotologError("TOO_LARGE", `The file has more than ${limit()} bytes.`);
      if (incoming.bytes < nextLook) continue;
      nextLook = incoming.bytes + LOOK_BYTES;
      if ((await spool.recentRoom()) === 0) throw new PhotologError("DISK_FULL", "There is no room for this file now.");
    }
    return { incoming, file: await incoming.finish() };
  } catch (error) {
    await incoming.discard();
    throw error instanceof PhotologError ? error : cutShort(error);
  }
}

function cutShort(cause: unknown): PhotologError {
  if (cause instanceof PhotologError) return cause;
  return new PhotologError("BODY_CUT_SHORT", "The body ended before it was complete.", {
    ...(cause === undefined ? {} : { cause }),
    hint: "Send it again; nothing was kept.",
  });
}
