/** Uploads in parts, as our S3 double keeps them. */
import { createHash, randomUUID } from "node:crypto";
import { XMLParser } from "fast-xml-parser";
import { checkChecksums } from "./s3-checksums.ts";
import { checkConditions, describedBy, tag, xml, type Answer, type Exchange, type Objects } from "./s3-objects.ts";
import { S3Refusal } from "./s3-refusal.ts";

interface Part {
  readonly bytes: Buffer;
  readonly md5: Buffer;
  readonly etag: string;
}

interface PendingUpload {
  readonly bucket: string;
  readonly key: string;
  readonly described: Readonly<Record<string, string>>;
  readonly parts: Map<number, Part>;
  readonly initiated: Date;
}

const SMALLEST_PART = 5 * 1024 * 1024;
const MOST_PARTS = 10_000;

export class Uploads {
  readonly #pending = new Map<string, PendingUpload>();
  readonly #etagFrom: (md5: string) => string;

  /** `etagFrom` makes the ETag, with its quotes, from an MD5 in hex or from one of parts. */
  constructor(etagFrom: (md5: string) => string) {
    this.#etagFrom = etagFrom;
  }

  get size(): number {
    return this.#pending.size;
  }

  create({ bucket, key, headers }: Exchange): Answer {
    const id = randomUUID();
    this.#pending.set(id, { bucket, key, described: describedBy(headers), parts: new Map(), initiated: new Date() });
    return xml("InitiateMultipartUploadResult", tag("Bucket", bucket) + tag("Key", key) + tag("UploadId", id));
  }

  putPart(exchange: Exchange): Answer {
    const { parts } = this.#get(exchange);
    const number = Number(exchange.query.get("partNumber"));
    if (!(Number.isInteger(number) && number >= 1 && number <= MOST_PARTS)) throw new S3Refusal(400, "InvalidArgument");
    const echoed = checkChecksums(exchange.headers, exchange.body);
    const md5 = createHash("md5").update(exchange.body).digest();
    const etag = this.#etagFrom(md5.toString("hex"));
    parts.set(number, { bytes: exchange.body, etag, md5 });
    return { status: 200, headers: { etag, ...echoed } };
  }

  listParts(exchange: Exchange): Answer {
    const parts = [...this.#get(exchange).parts].sort(([a], [b]) => a - b);
    const after = Number(exchange.query.get("part-number-marker") ?? 0);
    const most = Number(exchange.query.get("max-parts") ?? 1000);
    const rest = parts.filter(([number]) => number > after);
    const shown = rest.slice(0, most);
    return xml(
      "ListPartsResult",
      tag("IsTruncated", String(rest.length > shown.length)) +
        (shown.length > 0 ? tag("NextPartNumberMarker", String(shown.at(-1)?.[0])) : "") +
        shown
          .map(
            ([number, { bytes, etag }]) =>
              `<Part>${tag("PartNumber", String(number))}${tag("ETag", etag)}${tag("Size", String(bytes.length))}</Part>`,
          )
          .join(""),
    );
  }

  list(bucket: string, query: URLSearchParams): Answer {
    const uploads = [...this.#pending].filter(
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
    this.#pending.delete(this.#id(exchange));
    return { status: 204 };
  }

  complete(exchange: Exchange, objects: Objects): Answer {
    const upload = this.#get(exchange);
    const parts = wantedParts(exchange.body).map(({ number, etag }, index, wanted) => {
      if (index > 0 && number <= (wanted[index - 1]?.number ?? 0)) throw new S3Refusal(400, "InvalidPartOrder");
      const part = upload.parts.get(number);
      if (part === undefined || part.etag !== `"${etag.replaceAll('"', "")}"`) throw new S3Refusal(400, "InvalidPart");
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
    this.#pending.delete(this.#id(exchange));
    return xml(
      "CompleteMultipartUploadResult",
      tag("Bucket", exchange.bucket) + tag("Key", exchange.key) + tag("ETag", etag),
    );
  }

  #id({ query }: Exchange): string {
    return query.get("uploadId") ?? "";
  }

  #get(exchange: Exchange): PendingUpload {
    const upload = this.#pending.get(this.#id(exchange));
    if (upload === undefined || upload.key !== exchange.key || upload.bucket !== exchange.bucket) {
      throw new S3Refusal(404, "NoSuchUpload", "The specified multipart upload does not exist.");
    }
    return upload;
  }
}

function wantedParts(body: Buffer): { number: number; etag: string }[] {
  const parser = new XMLParser({ isArray: (name) => name === "Part", parseTagValue: false });
  const parsed = parser.parse(body.toString()) as {
    CompleteMultipartUpload?: { Part?: { PartNumber: string; ETag: string }[] };
  };
  const parts = parsed.CompleteMultipartUpload?.Part;
  if (parts === undefined) throw new S3Refusal(400, "MalformedXML");
  return parts.map(({ PartNumber, ETag }) => ({ number: Number(PartNumber), etag: ETag.replaceAll("&quot;", '"') }));
}
