/** Reads a request's parameters; the file is hashed as it comes, never kept. */
import { Busboy } from "@fastify/busboy";
import { createHash } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { pipeline } from "node:stream/promises";

export interface Form {
  readonly fields: Readonly<Record<string, string>>;
  readonly file?: {
    readonly sha256: string;
    readonly bytes: number;
    readonly filename: string;
    readonly mime: string;
  };
}

/** Rejects where the body is cut short. */
export async function readForm(request: IncomingMessage, query: URLSearchParams): Promise<Form> {
  const { "content-type": type } = request.headers;
  if (type === undefined) return { fields: Object.fromEntries(query) };
  const fields: Record<string, string> = Object.fromEntries(query);
  let file: Form["file"];
  const parser = new Busboy({ headers: { ...request.headers, "content-type": type }, preservePath: true });
  parser.on("field", (name, value) => {
    if (name in fields) throw new Error(`${name} came twice`);
    fields[name] = value;
  });
  parser.on("file", (name, stream, filename, _encoding, mime) => {
    if (name !== "photo") throw new Error(`Flickr has no file ${name}`);
    const hash = createHash("sha256");
    let bytes = 0;
    stream.on("data", (chunk: Buffer) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    stream.on("end", () => {
      file = { sha256: hash.digest("hex"), bytes, filename, mime };
    });
  });
  await pipeline(request, parser);
  return file ? { fields, file } : { fields };
}
