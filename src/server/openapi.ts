/** The API as OpenAPI 3.1 (https://spec.openapis.org/oas/v3.1.1.html): what `GET /openapi.json` answers. */
import {
  DELIVERY_STATES,
  FIELDS,
  PATHS,
  RECEIPT_HEADERS,
  SECRET_HEADER,
  SESSION_HEADER,
  VERIFY_LIMIT,
} from "../api.ts";
import { ERRORS, type ErrorCode } from "../errors.ts";
import { DESTINATIONS, RELATIONS, SERVICES } from "../photo.ts";

type Json = Readonly<Record<string, unknown>>;

const SHA256 = { type: "string", pattern: "^[0-9a-f]{64}$" };
const TEXT = { type: "string" };
const COUNT = { type: "integer", minimum: 0 };
const MOMENT = { type: "string", format: "date-time" };
const PHOTO_STATE = { enum: ["queued", "failed", "done"] };

const SECURITY = {
  bearer: { type: "http", scheme: "bearer", description: "The API secret." },
  md5: { type: "apiKey", in: "header", name: SECRET_HEADER, description: "The hex MD5 of the API secret." },
};

function list(items: Json): Json {
  return { type: "array", items };
}

/** Everything that is not said to be optional is there; nothing else is. */
function record(properties: Json, optional: readonly string[] = []): Json {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", properties, required, additionalProperties: false };
}

function byName(value: Json): Json {
  return { type: "object", additionalProperties: value };
}

function ref(name: keyof typeof SCHEMAS): Json {
  return { $ref: `#/components/schemas/${name}` };
}

const SCHEMAS = {
  Upload: record(
    {
      key: TEXT,
      sha256: SHA256,
      queued: { type: "boolean", description: "False where the server had these bytes already." },
      reason: { const: "duplicate" },
    },
    ["reason"],
  ),
  Known: record(
    {
      key: TEXT,
      state: PHOTO_STATE,
      sidecars: list(SHA256),
      skipped: list({ enum: SERVICES }),
      archived: {
        type: "boolean",
        description: "The archive said just now that it holds the original and its sidecars.",
      },
    },
    ["sidecars", "skipped", "archived"],
  ),
  Verify: record({ known: byName({ $ref: "#/components/schemas/Known" }) }),
  Amended: record({ photos: byName(record({ key: TEXT, changed: { type: "boolean" } })) }),
  Attached: record({ key: TEXT, added: COUNT }),
  Delivery: record(
    { state: { enum: DELIVERY_STATES }, attempts: COUNT, url: TEXT, error: TEXT, hint: TEXT, retry_at: MOMENT },
    ["url", "error", "hint", "retry_at"],
  ),
  Photo: record(
    {
      key: TEXT,
      filename: TEXT,
      sha256: SHA256,
      bytes: COUNT,
      mime: TEXT,
      kind: { enum: ["image", "raw", "video"] },
      state: PHOTO_STATE,
      received_at: MOMENT,
      taken_at: { type: "string", description: "Wall-clock time, with the zone's offset where it is known." },
      taken_from: TEXT,
      duration: { type: "number", description: "Seconds." },
      rating: { type: "integer", minimum: -1, maximum: 5 },
      tags: list(TEXT),
      albums: list(TEXT),
      related: list(record({ relation: { enum: RELATIONS }, sha256: SHA256, key: TEXT }, ["key"])),
      sidecars: list(record({ filename: TEXT, sha256: SHA256, bytes: COUNT })),
      archive_key: TEXT,
      destinations: byName({ $ref: "#/components/schemas/Delivery" }),
    },
    ["taken_at", "taken_from", "duration", "rating", "archive_key"],
  ),
  Photos: record({ photos: list({ $ref: "#/components/schemas/Photo" }), next: TEXT }, ["next"]),
  Status: record({
    photos: COUNT,
    destinations: byName(
      record({
        lane: record(
          {
            state: { enum: ["open", "paused", "needs_auth", "misconfigured"] },
            until: MOMENT,
            reason: TEXT,
            hint: TEXT,
          },
          ["until", "reason", "hint"],
        ),
        counts: byName(COUNT),
      }),
    ),
    spool: record({ photos: COUNT, bytes: COUNT, free_bytes: COUNT }),
  }),
  Problem: record(
    {
      type: TEXT,
      title: TEXT,
      status: { type: "integer" },
      code: { enum: Object.keys(ERRORS) },
      detail: TEXT,
      hint: TEXT,
    },
    ["hint"],
  ),
} as const;

function answer(description: string, schema: Json, headers?: Json): Json {
  return { description, content: { "application/json": { schema } }, ...(headers === undefined ? {} : { headers }) };
}

/** One response for each status, told by the codes that have it. */
const REFUSALS = Object.fromEntries(
  [...Map.groupBy(Object.keys(ERRORS) as ErrorCode[], (code) => ERRORS[code].status)].map(([status, codes]) => [
    `Refusal${status}`,
    {
      description: codes.map((code) => `\`${code}\``).join(", "),
      content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
    },
  ]),
);

/** Those that every route may give are among them. */
function refusals(...statuses: readonly number[]): Json {
  const all = [...new Set([...statuses, 401, 429, 500, 503])];
  return Object.fromEntries(all.map((status) => [String(status), { $ref: `#/components/responses/Refusal${status}` }]));
}

function body(type: string, schema: Json): Json {
  return { required: true, content: { [type]: { schema } } };
}

const KEY = {
  name: "key",
  in: "path",
  required: true,
  description: "The photo's key, the beginning of it, or its SHA-256.",
  schema: TEXT,
};

function query(name: string, description: string, schema: Json = TEXT): Json {
  return { name, in: "query", description, schema };
}

const UPLOAD_FIELDS = {
  type: "object",
  required: [FIELDS.file],
  properties: {
    [FIELDS.file]: { type: "string", contentMediaType: "application/octet-stream" },
    [FIELDS.secret]: { type: "string", description: "Hex MD5 of the API secret, for clients that set no headers." },
    [FIELDS.tags]: { type: "string", description: "Separated by commas." },
    [FIELDS.skip]: { type: "string", description: "flickr, gphotos or google, separated by commas." },
    [FIELDS.targetDate]: { type: "string", format: "date" },
    [FIELDS.sidecar]: list({ type: "string", contentMediaType: "application/octet-stream" }),
    [FIELDS.sha256]: SHA256,
    [FIELDS.album]: list(TEXT),
    [FIELDS.related]: list({ type: "string", pattern: `^(${RELATIONS.join("|")}):[0-9a-f]{64}$` }),
    [FIELDS.modified]: { type: "string", description: "Milliseconds since 1970." },
  },
};

const AMENDMENT = record(
  { sha256: SHA256, tags: list(TEXT), albums: list(TEXT), related: list(TEXT), want: list(TEXT) },
  ["tags", "albums", "related", "want"],
);

const TUS_HEADERS = {
  [RECEIPT_HEADERS.key]: { schema: TEXT },
  [RECEIPT_HEADERS.queued]: { schema: { enum: ["true", "false"] } },
};

const TUS = "tus 1.0: https://tus.io/protocols/resumable-upload";

const PATHS_OF_THE_API = {
  [PATHS.photos]: {
    post: {
      summary: "Send a photo.",
      security: [{ bearer: [] }, { md5: [] }, {}],
      requestBody: body("multipart/form-data", UPLOAD_FIELDS),
      responses: {
        "200": answer("These bytes were here already.", ref("Upload")),
        "202": answer("It is safe on the server's disk, and its deliveries are queued.", ref("Upload")),
        ...refusals(400, 408, 413, 415, 422, 507),
      },
    },
    get: {
      summary: "Photos, the newest first.",
      parameters: [
        query("state", "Of a delivery.", { enum: DELIVERY_STATES }),
        query("destination", "Only deliveries to this one.", { enum: DESTINATIONS }),
        query("limit", "At most so many.", { type: "integer", minimum: 1, maximum: 1000, default: 100 }),
        query("after", "The `next` of the page before."),
      ],
      responses: { "200": answer("A page of them.", ref("Photos")), ...refusals(400, 404) },
    },
  },
  [PATHS.verify]: {
    get: {
      summary: "Whether a photo of this MD5 is known; the question of the first photolog.",
      parameters: [query("filename", "Its name."), query("checksum", "Its MD5, hex.")],
      responses: { "204": { description: "Known." }, "404": { description: "Unknown." }, ...refusals(400) },
    },
    post: {
      summary: "Which of many photos the server has.",
      requestBody: body(
        "application/json",
        record({ sha256: { ...list(SHA256), maxItems: VERIFY_LIMIT }, archive: { type: "boolean" } }, ["archive"]),
      ),
      responses: {
        "200": answer("Those that are known.", ref("Verify"), {
          [SESSION_HEADER]: {
            description:
              "Another one each time the server has been started; a photo that was known is known as long as it is the same.",
            schema: { type: "string" },
          },
        }),
        ...refusals(400),
      },
    },
  },
  [PATHS.amend]: {
    post: {
      summary: "Tell more of photos that the server has.",
      requestBody: body("application/json", record({ photos: { ...list(AMENDMENT), maxItems: VERIFY_LIMIT } })),
      responses: { "200": answer("Those that are known.", ref("Amended")), ...refusals(400, 413) },
    },
  },
  [`${PATHS.photos}{key}`]: {
    get: {
      summary: "One photo.",
      parameters: [KEY],
      responses: { "200": answer("All that is known of it.", ref("Photo")), ...refusals(404) },
    },
  },
  [`${PATHS.photos}{key}/retry`]: {
    post: {
      summary: "Try its failed, cancelled and waiting deliveries again, now.",
      parameters: [KEY],
      responses: { "200": answer("As it is now.", ref("Photo")), ...refusals(404) },
    },
  },
  [`${PATHS.photos}{key}/sidecars`]: {
    post: {
      summary: "Add sidecars to a photo that the server has.",
      parameters: [KEY],
      requestBody: body("multipart/form-data", {
        type: "object",
        required: [FIELDS.sidecar],
        properties: { [FIELDS.sidecar]: UPLOAD_FIELDS.properties[FIELDS.sidecar] },
      }),
      responses: { "200": answer("How many were new.", ref("Attached")), ...refusals(400, 404, 413, 507) },
    },
  },
  [PATHS.uploads]: {
    post: {
      summary: `Begin an upload in pieces. ${TUS}`,
      responses: { "201": { description: "Begun; `Location` is where." }, ...refusals(400, 412, 413, 507) },
    },
  },
  [`${PATHS.uploads}{id}`]: {
    parameters: [{ name: "id", in: "path", required: true, schema: TEXT }],
    head: {
      summary: "How far it is.",
      responses: { "200": { description: "`Upload-Offset` tells." }, ...refusals(404, 412) },
    },
    patch: {
      summary: "The next piece. The answer to the last one comes when the photo is safe.",
      responses: {
        "204": { description: "Kept; the last one has the photo's key.", headers: TUS_HEADERS },
        ...refusals(400, 404, 408, 409, 412, 413, 415, 422, 423, 460, 507),
      },
    },
    delete: { summary: "Give it up.", responses: { "204": { description: "Gone." }, ...refusals(404, 412, 423) } },
  },
  [PATHS.status]: {
    get: {
      summary: "Counts, lanes and free space.",
      responses: { "200": answer("Now.", ref("Status")), ...refusals() },
    },
  },
  "/metrics": {
    get: {
      summary: "The same and more for Prometheus.",
      responses: { "200": { description: "Text.", content: { "text/plain": { schema: TEXT } } }, ...refusals() },
    },
  },
  [PATHS.health]: {
    get: { summary: "Alive.", security: [], responses: { "200": answer("Yes.", record({ status: { const: "ok" } })) } },
  },
  [PATHS.ready]: {
    get: {
      summary: "Ready to take photos.",
      security: [],
      responses: { "200": answer("Yes.", record({ status: { const: "ready" } })), ...refusals(507) },
    },
  },
  "/openapi.json": {
    get: {
      summary: "This document.",
      security: [],
      responses: { "200": answer("OpenAPI 3.1.", { type: "object" }) },
    },
  },
};

/** The version is that of the API, which only grows. */
export const OPENAPI: Json = {
  openapi: "3.1.0",
  info: {
    title: "photolog",
    version: "1",
    description: "Takes photos and films, keeps their originals, and brings copies to where they are wanted.",
    license: { name: "MIT", identifier: "MIT" },
  },
  security: [{ bearer: [] }, { md5: [] }],
  paths: PATHS_OF_THE_API,
  components: { securitySchemes: SECURITY, schemas: SCHEMAS, responses: REFUSALS },
};
