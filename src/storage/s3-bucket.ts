/** One bucket, and how we speak to it: the SDK's client with every value given, so that neither `AWS_*` nor `~/.aws` has a say. */
import type * as S3Module from "@aws-sdk/client-s3";
import type { HeadObjectCommandOutput, S3Client } from "@aws-sdk/client-s3";
import { PhotologError } from "../errors.ts";
import { checkKey } from "./blob-key.ts";
import { s3Failure } from "./s3-failure.ts";
import type { S3Options } from "./s3.ts";

export type S3Sdk = typeof S3Module;

/** What a service has shown since this process has known it. */
export interface Shown {
  /** It has kept a blob, beyond doubt. */
  hasKept?: boolean;
  /** It refuses a body whose SHA-256 is not the one that its request is signed with. Undefined: nobody has looked. */
  looksAtBodies?: boolean;
  /** The ETag of a blob that was put whole was the MD5 of its bytes. */
  tellsMd5?: boolean;
}

export interface S3Bucket {
  readonly options: S3Options;
  readonly shown: Shown;
  /** For people: `s3://bucket/prefix`. */
  readonly address: string;
  /** The key in the bucket; refuses keys that no blob can have. */
  locate(key: string): string;
  /**
   * Runs something against the service. What it throws comes out as a `PhotologError`, or as the signal's reason once that is
   * aborted. `what` names it for people: "Putting originals/…".
   */
  run<T>(what: string, work: (sdk: S3Sdk, client: S3Client) => Promise<T>, signal?: AbortSignal): Promise<T>;
  /** As `run` would reject. */
  failure(what: string, error: unknown, signal?: AbortSignal): unknown;
  /** What the service says of a blob: undefined where it has none, "denied" where it will not say. */
  head(key: string, signal?: AbortSignal): Promise<HeadObjectCommandOutput | "denied" | undefined>;
}

export function openBucket(options: S3Options): S3Bucket {
  const address = `s3://${options.bucket}/${options.prefix}`.replace(/\/$/, "");
  const secrets = [options.secretAccessKey, options.accessKeyId];
  let loading: Promise<{ sdk: S3Sdk; client: S3Client }> | undefined;

  const bucket: S3Bucket = {
    options,
    shown: {},
    address,
    locate: (key) => options.prefix + checkKey(key),
    async run(what, work, signal) {
      try {
        signal?.throwIfAborted();
        loading ??= load(options);
        const { sdk, client } = await loading;
        return await work(sdk, client);
      } catch (error) {
        throw bucket.failure(what, error, signal);
      }
    },
    failure(what, error, signal) {
      if (signal?.aborted) return signal.reason;
      return s3Failure(error, { what: `${what} (${address})`, secrets });
    },
    head(key, signal) {
      const Key = bucket.locate(key);
      return bucket.run(
        `Looking for ${key}`,
        async (sdk, client) => {
          try {
            const mode = sendsChecksums(options) ? ({ ChecksumMode: "ENABLED" } as const) : {};
            const command = new sdk.HeadObjectCommand({ Bucket: options.bucket, Key, ...mode });
            const head = await client.send(command, request(signal));
            return head.ETag === undefined ? Promise.reject(foreignAnswer(key)) : head;
          } catch (error) {
            const status = statusOf(error);
            if (status === 404) return undefined;
            if (status === 403) return "denied";
            throw error;
          }
        },
        signal,
      );
    },
  };
  return bucket;
}

/** The options of one request. */
export function request(signal: AbortSignal | undefined): { abortSignal?: AbortSignal } {
  return signal === undefined ? {} : { abortSignal: signal };
}

/** How long an answer may take that we want even though we are told to stop. */
const PATIENCE_MS = 1000;

/** As the signal, a second late: for a request that begins something at the service, of which we would know nothing else. */
export function patient(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || signal.aborted) return signal;
  const late = new AbortController();
  const stop = (): void => late.abort(signal.reason);
  signal.addEventListener("abort", () => void setTimeout(stop, PATIENCE_MS).unref(), { once: true });
  return late.signal;
}

/** A 2xx without what belongs into it: a sign-in page or a proxy spoke, not S3. */
export function foreignAnswer(key: string, lacks = "ETag"): PhotologError {
  return new PhotologError(
    "OUTCOME_UNKNOWN",
    `The answer for ${key} is not that of an S3 service: it has no ${lacks}.`,
    {
      hint: "Look for a sign-in page or a proxy between this machine and S3_ENDPOINT.",
    },
  );
}

/** Whether checksums go with every upload: the SDK's own, a CRC32, unless something else is asked for. */
export function sendsChecksums({ checksums, endpoint }: S3Options): boolean {
  return checksums === "on" || (checksums === "auto" && isAws(endpoint));
}

async function load(options: S3Options): Promise<{ sdk: S3Sdk; client: S3Client }> {
  const [sdk, { NodeHttpHandler }, http, https] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("@smithy/node-http-handler"),
    import("node:http"),
    import("node:https"),
  ]);
  const aws = isAws(options.endpoint);
  const checksums = sendsChecksums(options) ? "WHEN_SUPPORTED" : "WHEN_REQUIRED";
  const agent = { keepAlive: true, maxSockets: 16 };
  const client = new sdk.S3Client({
    region: options.region,
    ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    ignoreConfiguredEndpointUrls: true,
    forcePathStyle: options.pathStyle === "auto" ? !aws : options.pathStyle,
    credentials: { accessKeyId: options.accessKeyId, secretAccessKey: options.secretAccessKey },
    maxAttempts: options.maxAttempts ?? 4,
    retryMode: "standard",
    defaultsMode: "standard",
    requestChecksumCalculation: checksums,
    responseChecksumValidation: checksums,
    // Services that never say 100 would cost us 6 s for each blob of 2 MiB or more.
    expectContinueHeader: false,
    followRegionRedirects: aws,
    useAccelerateEndpoint: false,
    useArnRegion: false,
    useDualstackEndpoint: false,
    useFipsEndpoint: false,
    disableMultiregionAccessPoints: true,
    disableS3ExpressSessionAuth: true,
    authSchemePreference: ["sigv4"],
    sigv4aSigningRegionSet: [],
    userAgentAppId: "photolog",
    requestHandler: new NodeHttpHandler({
      connectionTimeout: 10_000,
      // Idle time. A limit on the whole request would cut off large blobs on slow lines.
      socketTimeout: 60_000,
      requestTimeout: 0,
      httpAgent: new http.Agent(agent),
      httpsAgent: new https.Agent(agent),
    }),
  });
  return { sdk, client };
}

function isAws(endpoint: string | undefined): boolean {
  return endpoint === undefined || /\.amazonaws\.com(\.cn)?$/.test(new URL(endpoint).hostname);
}

/** HTTP status of the answer that an SDK error stands for; undefined where there was none. */
export function statusOf(error: unknown): number | undefined {
  return (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
}
