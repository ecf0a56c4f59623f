import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { APPEND, READ } from "./google-accounts.ts";
import { startGoogleServer } from "./google-server.ts";
import type { GoogleServer } from "./google-server.ts";
import { GRANULARITY } from "./google-uploads.ts";
import { until } from "./until.ts";

type Headers = Readonly<Record<string, string>>;

/** The test's Google must say no wherever the real one does: whoever passes here passes there. */
describe("the test's Google", () => {
  let server: GoogleServer;
  let token: string;
  let readOnly: string;

  before(async () => {
    server = await startGoogleServer();
    token = await accessToken(server.refreshToken);
    readOnly = await accessToken(await server.grant({ scopes: [READ] }));
  });
  after(() => server.close());

  async function accessToken(refreshToken: string): Promise<string> {
    const { tokenUrl, clientId, clientSecret } = server;
    const answer = await fetch(tokenUrl, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        client_id: clientId,
        client_secret: clientSecret,
      }),
    });
    const body = (await answer.json()) as Record<string, string>;
    assert.equal(body["refresh_token"], undefined, "Google does not repeat the refresh token");
    return body["access_token"] ?? "";
  }

  const ask = (path: string, headers: Headers, body?: string | Buffer, bearer = token): Promise<Response> =>
    fetch(new URL(path, server.baseUrl), {
      method: "POST",
      headers: { authorization: `Bearer ${bearer}`, ...headers },
      ...(body !== undefined && { body: body as BodyInit }),
    });
  const START: Headers = {
    "x-goog-upload-command": "start",
    "x-goog-upload-protocol": "resumable",
    "x-goog-upload-content-type": "image/jpeg",
    "x-goog-upload-raw-size": "1000",
  };
  const without = (headers: Headers, name: string): Headers =>
    Object.fromEntries(Object.entries(headers).filter(([key]) => key !== name));
  const start = async (size = 1000): Promise<string> =>
    (await ask("/v1/uploads", { ...START, "x-goog-upload-raw-size": String(size) })).headers.get("x-goog-upload-url") ??
    "";
  const send = (url: string, bytes: number, offset: number, command = "upload, finalize"): Promise<Response> =>
    ask(url, { "x-goog-upload-command": command, "x-goog-upload-offset": String(offset) }, Buffer.alloc(bytes, offset));
  const upload = async (): Promise<string> => (await send(await start(), 1000, 0)).text();
  const write = (body: unknown, bearer = token): Promise<Response> =>
    ask("/v1/mediaItems:batchCreate", { "content-type": "application/json" }, JSON.stringify(body), bearer);
  const simple = (uploadToken: string, more: object = {}, inner: object = {}): object => ({
    newMediaItems: [{ ...more, simpleMediaItem: { uploadToken, ...inner } }],
  });

  it("refuses a start that leaves something out", async () => {
    assert.equal((await ask("/v1/uploads", START)).status, 200);
    assert.equal((await ask("/v1/uploads", without(START, "x-goog-upload-content-type"))).status, 500);
    for (const name of ["x-goog-upload-command", "x-goog-upload-protocol", "x-goog-upload-raw-size"]) {
      assert.equal((await ask("/v1/uploads", without(START, name))).status, 400, name);
    }
    assert.equal((await ask("/v1/uploads", { ...START, "x-goog-upload-raw-size": "0" })).status, 400);
    const page = await ask("/v1/uploads", { ...START, "x-goog-upload-file-name": "\u00e9.jpg" });
    assert.equal(page.status, 400);
    assert.match(await page.text(), /^<!DOCTYPE html>/);
  });

  it("refuses whoever has no token, another's, or one without the scope", async () => {
    for (const bearer of ["", "ya29.invented", readOnly]) {
      const answer = await ask("/v1/uploads", START, undefined, bearer);
      assert.deepEqual(
        [answer.status, await answer.json()],
        [401, { code: 16, message: "Authentication session is not defined." }],
      );
    }
    assert.equal((await write(simple("x"), "ya29.invented")).status, 401);
    assert.equal((await write(simple("x"), readOnly)).status, 403);
  });

  it("refuses bytes at the wrong place, parts of the wrong size, and a wrong total", async () => {
    const url = await start(2 * GRANULARITY);
    assert.equal((await send(url, 1000, 0, "upload")).status, 400);
    assert.equal((await send(url, GRANULARITY, 0, "upload")).status, 200);
    assert.equal((await send(url, GRANULARITY, 0)).status, 400);
    assert.equal((await send(url, 1000, GRANULARITY)).headers.get("x-goog-upload-status"), "final");
    assert.equal((await send(url, GRANULARITY, GRANULARITY)).status, 400, "it is over");
    const answer = await ask(url, { "x-goog-upload-command": "query" });
    assert.equal(answer.headers.get("x-goog-upload-status"), "cancelled");
  });

  it("refuses a write that is not as the reference says", async () => {
    const uploadToken = await upload();
    const wrong: Readonly<Record<string, unknown>> = {
      "no items": { newMediaItems: [] },
      "an unknown field": { ...simple(uploadToken), title: "x" },
      "an unknown field of an item": simple(uploadToken, { filename: "x" }),
      "an unknown field of the inner item": simple(uploadToken, {}, { filename: "x" }),
      "a long description": simple(uploadToken, { description: "é".repeat(1001) }),
      "a long file name": simple(uploadToken, {}, { fileName: "x".repeat(256) }),
      "half a surrogate pair": simple(uploadToken, {}, { fileName: "\ud83d.jpg" }),
      "a position without an album": { ...simple(uploadToken), albumPosition: { position: "LAST_IN_ALBUM" } },
      "an unknown album": { ...simple(uploadToken), albumId: "x" },
      "the same token twice": { newMediaItems: [1, 2].map(() => ({ simpleMediaItem: { uploadToken } })) },
      "51 items": {
        newMediaItems: Array.from({ length: 51 }, (_, n) => ({ simpleMediaItem: { uploadToken: `${n}` } })),
      },
    };
    for (const [what, body] of Object.entries(wrong)) assert.equal((await write(body)).status, 400, what);
    assert.equal((await write(simple(uploadToken, { description: "📷".repeat(1000) }))).status, 200);
  });

  it("says 207 and why where it does not know a token, and keeps the same bytes once", async () => {
    const [one, two] = [await upload(), await upload()];
    const answer = await write({
      newMediaItems: ["invented", one, two].map((uploadToken) => ({ simpleMediaItem: { uploadToken } })),
    });
    assert.equal(answer.status, 207);
    const { newMediaItemResults } = (await answer.json()) as {
      newMediaItemResults: { status: { code?: number }; mediaItem?: { id: string } }[];
    };
    const [unknown, first, second] = newMediaItemResults;
    assert.deepEqual([unknown?.status.code, unknown?.mediaItem], [3, undefined]);
    assert.ok(first?.mediaItem && first.mediaItem.id === second?.mediaItem?.id);
    server.expireUploadTokens();
    assert.equal((await write(simple(one))).status, 207);
  });

  it("refuses two writes at the same time", async () => {
    const uploadToken = await upload();
    const release = server.holdWrites();
    const first = write(simple(uploadToken));
    await until("the first write to begin", () => server.writesUnderWay() === 1);
    assert.equal((await write(simple(uploadToken))).status, 429);
    release();
    assert.equal((await first).status, 200);
  });

  it("gives tokens for what a person ticked, and none once she has taken it back", async () => {
    const refreshToken = await server.grant({ scopes: [APPEND] });
    const bearer = await accessToken(refreshToken);
    assert.equal((await ask("/v1/uploads", START, undefined, bearer)).status, 200);
    server.revoke();
    assert.equal((await ask("/v1/uploads", START, undefined, bearer)).status, 401);
    const answer = await fetch(server.tokenUrl, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "refresh_token",
        refresh_token: refreshToken,
        client_id: server.clientId,
        client_secret: server.clientSecret,
      }),
    });
    assert.equal(answer.status, 400);
    assert.equal(((await answer.json()) as { error: string }).error, "invalid_grant");
  });
});
