import { finished, PassThrough, type Readable } from "node:stream";

/** The same bytes, but whatever breaks the source (a cut connection, a bad sector) reaches the reader as what `translate` makes of it. */
export function translateStream(source: Readable, translate: (error: unknown) => unknown): Readable {
  const reader = new PassThrough();
  finished(source, { writable: false }, (error) => {
    if (error) reader.destroy(asError(translate(error)));
  });
  // A reader that loses interest must not leave a socket or a file open.
  reader.once("close", () => source.destroy());
  return source.pipe(reader);
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
