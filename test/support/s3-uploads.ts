/** Uploads in parts, as our S3 double keeps them. */
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { XMLParser } from "fast-xml-parser";
import { checkChecksums } from "./s3-checksums.ts";
import { checkConditions, describedBy, tag, xml, type Answer, type Exchange, type Objects } from "./s3-objects.ts";
import { S3Refusal } from "./s3-refusal.ts";

interface Part {
  readonly bytes: Buffer;
  readonly md5: Buffer;
  readonly etag: string;
  /** In base64, by the algorithm that the upload was begun with. */
  readonly checksum?: string;
}

export interface PendingUpload {
  readonly bucket: string;
  readonly key: string;
  readonly described: Readonly<Record<string, string>>;
  readonly parts: Map<number, Part>;
  readonly initiated: Date;
  /** `crc32`, … where parts come with checksums. */
  readonly algorithm?: string;
}

const SMALLEST_PART = 5 * 1024 * 1024;
const MOST_PARTS = 10_000;

export class Uploads {
  /** Neither completed nor aborted, by id. */
  readonly pending = new Map<string, PendingUpload>();
  readonly #etagFrom: (md5: string) => string;
  readonly #mostParts: number;

  /** `etagFrom` makes the ETag, with its quotes, from an MD5 in hex or from one of parts. No page of a list has more parts. */
  constructor(etagFrom: (md5: string) => string, mostParts: number) {
    this.#etagFrom = etagFrom;
    this.#mostParts = mostParts;
  }

  create({ bucket, key, headers }: Exchange): Answer {
    const id = randomUUID();
    const described = describedBy(headers);
    const algorithm = headers["x-amz-checksum-algorithm"]?.toString().toLowerCase();
    const begun = { bucket, key, described, parts: new Map(), initiated: new Date(), ...(algorithm && { algorithm }) };
    this.pending.set(id, begun);
    const sse = described["x-amz-server-side-encryption"];
    const answer = xml("InitiateMultipartUploadResult", tag("Bucket", bucket) + tag("Key", key) + tag("UploadId", id));
    return { ...answer, headers: { ...answer.headers, ...(sse && { "x-amz-server-side-encryption": sse }) } };
  }

  putPart(exchange: Exchange): Answer {
    const { parts, algorithm, described } = this.#get(exchange);
    const number = Number(exchange.query.get("partNumber"));
    if (!(Number.isInteger(number) && number >= 1 && number <= MOST_PARTS)) throw new S3Refusal(400, "InvalidArgument");
    const echoed = checkChecksums(exchange.headers, exchange.body);
    const [given] = Object.keys(echoed).map((name) => name.replace("x-amz-checksum-", ""));
    if (given !== algorithm) {
      const types = `expected checksum Type: ${algorithm ?? null}, actual checksum Type: ${given ?? null}`;
      throw new S3Refusal(400, "InvalidRequest", `Checksum Type mismatch occurred, ${types}`);
    }
    const checksum = echoed[`x-amz-checksum-${given}`];
    const md5 = createHash("md5").update(exchange.body).digest();
    // With KMS, Amazon's ETag is something that only looks like an MD5.
    const kms = described["x-amz-server-side-encryption"] === "aws:kms";
    const etag = this.#etagFrom((kms ? randomBytes(16) : md5).toString("hex"));
    parts.set(number, { bytes: exchange.body, etag, md5, ...(checksum && { checksum }) });
    return { status: 200, headers: { etag, ...echoed } };
  }

  listParts(exchange: Exchange): Answer {
    const { parts, algorithm = "" } = this.#get(exchange);
    const after = Number(exchange.query.get("part-number-marker") ?? 0);
    const most = Math.min(Number(exchange.query.get("max-parts") ?? 1000), this.#mostParts);
    const rest = [...parts].sort(([a], [b]) => a - b).filter(([number]) => number > after);
    const shown = rest.slice(0, most);
    return xml(
      "ListPartsResult",
      tag("IsTruncated", String(rest.length > shown.length)) +
        (shown.length > 0 ? tag("NextPartNumberMarker", String(shown.at(-1)?.[0])) : "") +
        shown
          .map(
            ([number, { bytes, etag, checksum }]) =>
              `<Part>${tag("PartNumber", String(number))}${tag("ETag", etag)}${tag("Size", String(bytes.length))}` +
              `${checksum === undefined ? "" : tag(`Checksum${algorithm.toUpperCase()}`, checksum)}</Part>`,
          )
          .join(""),
    );
  }

  list(bucket: string, query: URLSearchParams): Answer {
    const uploads = [...this.pending].filter(
      ([, upload]) => upload.bucket === bucket && upload.key.startsWith(query.get("prefix") ?? ""),
    );
    return xml(
      "ListMultipartUploadsResult",
      tag("Bucket", bucket) +
        tag("IsTruncated", "false") +
        uploads
          .map(
            ([id, { key, initiated }]) =>
              `<Upload>${tag("Key", key)}${tag("UploadId", id)}${tag("Initiated", initiated.toISOString())}</Upload>`,
          )
          .join(""),
    );
  }

  abort(exchange: Exchange): Answer {
    this.#get(exchange);
    this.pending.delete(this.#id(exchange));
    return { status: 204 };
  }

  complete(exchange: Exchange, objects: Objects): Answer {
    const upload = this.#get(exchange);
    const parts = wantedParts(exchange.body).map(({ number, etag, checksums }, index, wanted) => {
      if (index > 0 && number <= (wanted[index - 1]?.number ?? 0)) throw new S3Refusal(400, "InvalidPartOrder");
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== `"${etag.replaceAll('"', "")}"`) throw new S3Refusal(400, "InvalidPart");
      checkPart(upload, part, checksums);
      return part;
    });
    if (parts.length === 0) throw new S3Refusal(400, "MalformedXML");
    if (parts.slice(0, -1).some(({ bytes }) => bytes.length < SMALLEST_PART)) {
      throw new S3Refusal(
        400,
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed object size.",
      );
    }
    checkConditions(exchange.headers, objects.get(exchange.key));
    const bytes = Buffer.concat(parts.map((part) => part.bytes));
    const md5 = createHash("md5")
      .update(Buffer.concat(parts.map((part) => part.md5)))
      .digest("hex");
    const etag = this.#etagFrom(`${md5}-${parts.length}`);
    objects.set(exchange.key, { bytes, etag, headers: upload.described, modified: new Date() });
    this.pending.delete(this.#id(exchange));
    return xml(
      "CompleteMultipartUploadResult",
      tag("Bucket", exchange.bucket) + tag("Key", exchange.key) + tag("ETag", etag),
    );
  }

  #id({ query }: Exchange): string {
    return query.get("uploadId") ?? "";
  }

  #get(exchange: Exchange): PendingUpload {
    const upload = this.pending.get(this.#id(exchange));
    if (upload === undefined || upload.key !== exchange.key || upload.bucket !== exchange.bucket) {
      throw new S3Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.");
    }
    return upload;
  }
}

/** What was begun with checksums has to be completed with them. */
function checkPart({ algorithm }: PendingUpload, { checksum }: Part, given: Readonly<Record<string, string>>): void {
  if (algorithm === undefined) return;
  const told = given[`Checksum${algorithm.toUpperCase()}`];
  if (told === undefined) {
    const message = `The upload was created using a ${algorithm} checksum. The complete request must include the checksum for each part.`;
    throw new S3Refusal(400, "InvalidRequest", message);
  }
  if (told !== checksum) throw new S3Refusal(400, "InvalidPart");
}

interface WantedPart {
  readonly number: number;
  readonly etag: string;
  readonly checksums: Readonly<Record<string, string>>;
}

function wantedParts(body: Buffer): WantedPart[] {
  const parser = new XMLParser({ isArray: (name) => name === "Part", parseTagValue: false });
  const parsed = parser.parse(body.toString()) as {
    CompleteMultipartUpload?: { Part?: (Record<string, string> & { PartNumber: string; ETag: string })[] };
  };
  const parts = parsed.CompleteMultipartUpload?.Part;
  if (parts === undefined) throw new S3Refusal(400, "MalformedXML");
  return parts.map(({ PartNumber, ETag, ...checksums }) => ({
    number: Number(PartNumber),
    etag: ETag.replaceAll("&quot;", '"'),
    checksums,
  }));
}
