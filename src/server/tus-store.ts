/** What one request of tus does to the spool, in the shape that the tus library asks for. Is loaded with the library. */
import { DataStore, Upload } from "@tus/server";
import { PhotologError } from "../errors.ts";
import type { PartialEnd, PartialFile } from "../storage/partial-file.ts";
import { ingest, type Ingested } from "./ingest.ts";
import { lastSegment, LOOK_BYTES } from "./multipart.ts";
import type { TusParts } from "./tus.ts";
import type { PieceBody } from "./tus-body.ts";
import type { ChunkChecksum } from "./tus-headers.ts";
import { wishesOf } from "./wishes.ts";

export interface UploadRequest {
  readonly body: PieceBody;
  readonly metadata: Readonly<Record<string, string>>;
  readonly checksum: ChunkChecksum | undefined;
  /** Where the client says that it goes on. */
  readonly offset: number | undefined;
}

const EXTENSIONS = ["creation", "creation-with-upload", "expiration", "termination", "checksum"];

export class UploadStore extends DataStore {
  override extensions = EXTENSIONS;
  /** The photo, once the upload was whole and is safe. */
  ingested: Ingested | undefined;
  /** When the upload that was asked for will be gone; milliseconds since the epoch. */
  expiresAt: number | undefined;
  #created: PartialFile | undefined;
  #shown: Upload | undefined;
  readonly #request: UploadRequest;
  readonly #parts: TusParts;

  constructor(request: UploadRequest, parts: TusParts) {
    super();
    this.#request = request;
    this.#parts = parts;
  }

  /** The library adds it to `creation_date`, which is the time of the last byte here. */
  override getExpiration(): number {
    return this.#parts.partials.expiryMs;
  }

  override async create(upload: Upload): Promise<Upload> {
    const { metadata } = this.#request;
    wishesOf(fieldsOf(metadata));
    const length = upload.size ?? 0;
    if (length === 0) throw new PhotologError("NO_FILE", "The file is empty.");
    this.#created = await this.#parts.partials.create({ id: upload.id, length, metadata });
    const place = await this.#parts.intake.enter({ announced: 0, stranger: false });
    place.leave();
    this.#show(upload, this.#created);
    return upload;
  }

  override getUpload(id: string): Promise<Upload> {
    // The library asks once more after the last byte, when it is no upload any more.
    if (this.ingested !== undefined && this.#shown !== undefined) return Promise.resolve(this.#shown);
    const partial = this.#find(id);
    const upload = new Upload({
      id,
      size: partial.length,
      offset: this.#offsetOf(partial),
      metadata: { ...partial.metadata },
    });
    this.#show(upload, partial);
    return Promise.resolve(upload);
  }

  override async write(stream: NodeJS.ReadableStream, id: string, offset: number): Promise<number> {
    // The body comes straight from the connection: without its detour through a web stream.
    stream.resume();
    const { intake, now } = this.#parts;
    const partial = this.#find(id);
    const place = await intake.enter({ announced: 0, stranger: false, needs: partial.length - partial.bytes });
    partial.wantedAt = now();
    try {
      await this.#open(partial);
      if (offset < partial.bytes) await partial.cutTo(offset);
      if (offset !== partial.bytes) throw new PhotologError("CONFLICT", `The upload has ${partial.bytes} bytes.`);
      await this.#receive(partial);
      if (partial.bytes === partial.length) this.ingested = await takeIn(partial, this.#parts);
    } finally {
      await partial.close().finally(() => place.leave());
    }
    const upload = this.#shown;
    if (upload !== undefined) this.#show(upload, partial);
    if (upload !== undefined) upload.offset = partial.bytes;
    return partial.bytes;
  }

  override async remove(id: string): Promise<void> {
    await drop(this.#find(id), this.#parts);
  }

  /** After a failure: nobody was told of an upload that this request has begun. */
  async takeBack(): Promise<void> {
    if (this.#created !== undefined) await drop(this.#created, this.#parts);
  }

  #find(id: string): PartialFile {
    const partial = this.#parts.partials.find(id);
    if (partial === undefined) {
      throw new PhotologError("NOT_FOUND", "There is no such upload: it is complete, was ended, or has expired.");
    }
    return partial;
  }

  async #open(partial: PartialFile): Promise<void> {
    try {
      await partial.open();
    } catch (error) {
      if (error instanceof PhotologError && error.code === "NOT_FOUND") await drop(partial, this.#parts);
      throw error;
    }
  }

  #show(upload: Upload, partial: PartialFile): void {
    this.#shown = upload;
    this.expiresAt = partial.lastByteAt + this.getExpiration();
    upload.creation_date = new Date(partial.lastByteAt).toISOString();
  }

  /**
   * One that has all its bytes and is no photo yet (the server was stopped in between) gives up its last byte, unless the client
   * itself sees that it only has to be completed: some take a whole upload for a finished one and would send nothing more.
   */
  #offsetOf({ bytes, length }: PartialFile): number {
    return bytes < length || this.#request.offset === length ? bytes : length - 1;
  }

  async #receive(partial: PartialFile): Promise<void> {
    const { body, checksum } = this.#request;
    const { spool } = this.#parts;
    let nextLook = partial.bytes + LOOK_BYTES;
    const receive = (): Promise<void> =>
      body.read(async (chunk) => {
        if (partial.bytes + chunk.length > partial.length) {
          throw new PhotologError("TOO_LARGE", `The upload was announced with ${partial.length} bytes.`);
        }
        checksum?.hash.update(chunk);
        await partial.write(chunk);
        if (partial.bytes < nextLook) return;
        nextLook = partial.bytes + LOOK_BYTES;
        if ((await spool.recentRoom()) === 0)
          throw new PhotologError("DISK_FULL", "There is no room for this file now.");
      });
    if (checksum === undefined) return partial.writeUnchecked(receive);
    if (await partial.writeChecked(receive, () => checksum.isRight())) return;
    throw new PhotologError("CHUNK_MISMATCH", "The bytes are not those of Upload-Checksum; they were not kept.", {
      hint: "Send them again.",
    });
  }
}

async function drop(partial: PartialFile, { partials }: TusParts): Promise<void> {
  partials.forget(partial);
  await partial.end("refused");
}

/** As at the end of `POST /photos/`. After a fault of the server the upload stays, so that it can be completed later. */
async function takeIn(partial: PartialFile, parts: TusParts): Promise<Ingested> {
  const { metadata } = partial;
  let end: PartialEnd = "failed";
  try {
    const file = await partial.finish();
    const photo = { filename: lastSegment(metadata["filename"] ?? ""), incoming: partial, file };
    const ingested = await ingest(parts, { photo, sidecars: [] }, wishesOf(fieldsOf(metadata)));
    end = "taken";
    return ingested;
  } catch (error) {
    if (error instanceof PhotologError && error.status < 500) end = "refused";
    throw error;
  } finally {
    if (end !== "failed") parts.partials.forget(partial);
    await partial.end(end);
  }
}

/** The names are those of the fields of `POST /photos/`. */
function fieldsOf(metadata: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(metadata));
}
