/** A `multipart/form-data` body of exactly known length, whose file is streamed from disk (RFC 7578). */
import { randomBytes } from "node:crypto";
import type { Original } from "../../photo.ts";
import { originalBytes } from "../original-bytes.ts";
import type { Sent } from "../transport-failures.ts";

/** The one part that is a file. */
export interface Attachment {
  /** Name of its form field. */
  readonly field: string;
  readonly original: Original;
  /** ASCII letters, digits, `.`, `-` and `_` alone. */
  readonly filename: string;
  readonly mime: string;
}

export interface Multipart {
  readonly contentType: string;
  /** Of the whole body, in bytes. */
  readonly length: number;
  /** Call once. Ends before the closing boundary, with `ORIGINAL_CHANGED`, where the file's bytes are not the accepted ones. */
  chunks(): AsyncGenerator<Uint8Array>;
  sent(): Sent;
  close(): Promise<void>;
}

const CRLF = "\r\n";

/**
 * Texts go out as they are given. Rejects where the file cannot be opened, or with `ORIGINAL_CHANGED` where its size is wrong;
 * `close` must be called at the end.
 */
export async function openMultipart(
  texts: Iterable<readonly [name: string, value: string]>,
  attachment?: Attachment,
): Promise<Multipart> {
  const boundary = `photolog-${randomBytes(24).toString("hex")}`;
  const head = Buffer.from(
    Array.from(texts, ([name, value]) => `${partHead(boundary, `name="${name}"`)}${CRLF}${value}${CRLF}`).join("") +
      (attachment ? fileHead(boundary, attachment) : ""),
  );
  const tail = Buffer.from(`${attachment ? CRLF : ""}--${boundary}--${CRLF}`);
  const file = attachment && originalBytes(attachment.original);
  // A file that is gone or has another size is found out before anything is sent.
  const first = await file?.next();
  let sent: Sent = "not-sent";

  async function* chunks(): AsyncGenerator<Uint8Array> {
    sent = "partly";
    yield head;
    if (first !== undefined && !first.done) yield first.value;
    if (file) yield* file;
    // From here on the service may have everything it needs.
    sent = "whole";
    yield tail;
  }

  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    length: head.length + (attachment?.original.bytes ?? 0) + tail.length,
    chunks,
    sent: () => sent,
    close: async () => void (await file?.return(undefined)),
  };
}

function partHead(boundary: string, disposition: string): string {
  return `--${boundary}${CRLF}Content-Disposition: form-data; ${disposition}${CRLF}`;
}

function fileHead(boundary: string, { field, filename, mime }: Attachment): string {
  return `${partHead(boundary, `name="${field}"; filename="${filename}"`)}Content-Type: ${mime}${CRLF}${CRLF}`;
}
