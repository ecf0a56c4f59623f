import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv2020 } from "ajv/dist/2020.js";
import { file, form } from "../support/form.ts";
import { picture } from "../support/pictures.ts";
import { BEARER, openServer } from "../support/server.ts";
import { until } from "../support/until.ts";

interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly $ref?: string; readonly content?: Readonly<Record<string, unknown>> }>
  >;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly responses: Readonly<Record<string, Operation["responses"][string]>> };
}

describe("the description of the API", () => {
  let server: Awaited<ReturnType<typeof openServer>>;
  let document: Document;
  let ajv: Ajv2020;
  let key = "";
  let sha256 = "";

  before(async () => {
    server = await openServer();
    document = (await (await fetch(`${server.url}/openapi.json`)).json()) as Document;
    ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, "api");
    const sent = await fetch(`${server.url}/photos/`, {
      method: "POST",
      headers: BEARER,
      body: form({
        photo_file: file(await picture({ seed: 1, taken: "2024:05:01 10:00:00" }), "one.jpg"),
        tags: "sea",
      }),
    });
    ({ key, sha256 } = (await sent.json()) as { key: string; sha256: string });
    await until("it is done", async () => {
      const view = await fetch(`${server.url}/photos/${key}`, { headers: BEARER });
      return ((await view.json()) as { state: string }).state === "done";
    });
  });

  /** Asks, and holds the answer against what the document says of this route. */
  async function ask(
    route: string,
    init: RequestInit = {},
    { path = route, secret = true }: { readonly path?: string; readonly secret?: boolean } = {},
  ): Promise<number> {
    const answer = await fetch(server.url + path, {
      ...init,
      headers: { ...(secret ? BEARER : {}), ...(init.headers as Record<string, string>) },
    });
    const method = (init.method ?? "GET").toLowerCase();
    const told = document.paths[route]?.[method]?.responses[String(answer.status)];
    assert.ok(told, `${method} ${route} does not tell of ${answer.status}`);
    const name = told.$ref?.split("/").at(-1);
    const { content } = name === undefined ? told : (document.components.responses[name] ?? {});
    const type = answer.headers.get("content-type")?.split(";")[0] ?? "";
    const text = await answer.text();
    if (content === undefined) assert.equal(text, "");
    else {
      assert.ok(type in content, `${method} ${route} ${answer.status}: ${type}`);
      if (type.endsWith("json")) {
        const at =
          name === undefined
            ? `api#/paths/${escaped(route)}/${method}/responses/${answer.status}/content/${escaped(type)}/schema`
            : `api#/components/responses/${name}/content/${escaped(type)}/schema`;
        const isValid = ajv.validate({ $ref: at }, JSON.parse(text));
        assert.ok(isValid, `${method} ${route} ${answer.status}: ${ajv.errorsText()} in ${text}`);
      }
    }
    return answer.status;
  }

  test("is one, by somebody else's word", async () => {
    const { valid, errors } = await new Validator().validate(document as never);
    assert.ok(valid, JSON.stringify(errors));
  });

  test("is true of what the server answers when all is well", async () => {
    const json = (body: object): RequestInit => ({
      method: "POST",
      body: JSON.stringify(body),
      headers: { "content-type": "application/json" },
    });
    assert.equal(await ask("/healthz", {}, { secret: false }), 200);
    assert.equal(await ask("/readyz", {}, { secret: false }), 200);
    assert.equal(await ask("/openapi.json", {}, { secret: false }), 200);
    assert.equal(await ask("/status"), 200);
    assert.equal(await ask("/metrics"), 200);
    assert.equal(await ask("/photos/"), 200);
    assert.equal(await ask("/photos/{key}", {}, { path: `/photos/${key}` }), 200);
    assert.equal(await ask("/photos/{key}/retry", { method: "POST" }, { path: `/photos/${key}/retry` }), 200);
    assert.equal(await ask("/photos/verify/", json({ sha256: [sha256], archive: true })), 200);
    assert.equal(await ask("/photos/amend/", json({ photos: [{ sha256, tags: ["sun"], albums: ["Trip"] }] })), 200);
    const sidecar = form({ metadata_file: file(Buffer.from("<x:xmpmeta/>"), "one.xmp") });
    const path = `/photos/${key}/sidecars`;
    assert.equal(await ask("/photos/{key}/sidecars", { method: "POST", body: sidecar }, { path }), 200);
    const again = form({ photo_file: file(await picture({ seed: 1, taken: "2024:05:01 10:00:00" })) });
    assert.equal(await ask("/photos/", { method: "POST", body: again }), 200);
    const other = form({ photo_file: file(await picture({ seed: 2 })) });
    assert.equal(await ask("/photos/", { method: "POST", body: other }), 202);
  });

  test("is true of what it refuses", async () => {
    const send = (fields: Record<string, string | File>) => ask("/photos/", { method: "POST", body: form(fields) });
    assert.equal(await send({ tags: "x" }), 400);
    assert.equal(await send({ photo_file: file(Buffer.from("text"), "x.jpg") }), 415);
    assert.equal(await send({ photo_file: file(await picture({ seed: 3 })), sha256: "0".repeat(64) }), 422);
    assert.equal(await ask("/status", {}, { secret: false }), 401);
    assert.equal(await ask("/photos/", {}, { path: "/photos/?limit=0" }), 400);
    assert.equal(await ask("/photos/{key}", {}, { path: "/photos/ffffffffffff" }), 404);
    assert.equal(await ask("/uploads/", { method: "POST" }), 412);
    const verify = { method: "POST", body: "{}", headers: { "content-type": "application/json" } };
    assert.equal(await ask("/photos/verify/", verify), 400);
    assert.equal(await ask("/photos/amend/", verify), 400);
  });
});

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}
