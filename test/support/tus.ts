/** tus as it is on the wire, one request at a time. */
import assert from "node:assert/strict";
import { BEARER } from "./server.ts";

export const VERSION = { "tus-resumable": "1.0.0" };
const PIECE = "application/offset+octet-stream";

type Headers = Readonly<Record<string, string>>;

export function metadataHeader(fields: Readonly<Record<string, string>>): string {
  return Object.entries(fields)
    .map(([name, value]) => `${name} ${Buffer.from(value).toString("base64")}`)
    .join(",");
}

/** Speaks to the server at that address with the secret, unless `headers` say otherwise. */
export function tusAt(url: () => string) {
  const call = (method: string, path: string, headers: Headers = {}, body?: Uint8Array): Promise<Response> =>
    fetch(url() + path, {
      method,
      headers: { ...VERSION, ...BEARER, ...headers },
      ...(body === undefined ? {} : { body: new Uint8Array(body) }),
    });
  const create = (length: number, fields: Readonly<Record<string, string>> = {}): Promise<Response> =>
    call("POST", "/uploads/", { "upload-length": String(length), "upload-metadata": metadataHeader(fields) });
  return {
    call,
    create,
    /** Answers where the new upload is. */
    async begin(length: number, fields: Readonly<Record<string, string>> = {}): Promise<string> {
      const answer = await create(length, fields);
      assert.equal(answer.status, 201, await answer.text());
      return answer.headers.get("location") ?? "";
    },
    patch: (path: string, offset: number, body: Uint8Array, headers: Headers = {}): Promise<Response> =>
      call("PATCH", path, { "upload-offset": String(offset), "content-type": PIECE, ...headers }, body),
    async offset(path: string): Promise<number> {
      const answer = await call("HEAD", path);
      assert.equal(answer.status, 200);
      return Number(answer.headers.get("upload-offset"));
    },
  };
}
