/** Flickr and Google Photos for end-to-end tests, and the settings that lead photolog to them. */
import { startFlickrServer } from "./flickr-server.ts";
import { startGoogleServer } from "./google-server.ts";
import { startS3Server } from "./s3-server.ts";
import { whenDone } from "./temporary.ts";

export async function startServices() {
  const flickr = await startFlickrServer();
  const google = await startGoogleServer();
  whenDone(() => flickr.close());
  whenDone(() => google.close());
  const settings = {
    FLICKR_API_KEY: flickr.apiKey,
    FLICKR_API_SECRET: flickr.apiSecret,
    FLICKR_APP_TOKEN: flickr.token,
    FLICKR_APP_SECRET: flickr.tokenSecret,
    FLICKR_BASE_URL: flickr.url,
    GPHOTOS_CLIENT_ID: google.clientId,
    GPHOTOS_SECRET: google.clientSecret,
    GPHOTOS_REFRESH_TOKEN: google.refreshToken,
    GPHOTOS_BASE_URL: google.baseUrl,
    GOOGLE_AUTH_URL: google.authUrl,
    GOOGLE_TOKEN_URL: google.tokenUrl,
  };
  return { flickr, google, settings };
}

export async function startBucket() {
  const s3 = await startS3Server();
  whenDone(() => s3.close());
  const settings = {
    S3_ENDPOINT: s3.endpoint,
    S3_BUCKET: s3.bucket,
    S3_REGION: s3.region,
    S3_ACCESS_KEY: s3.accessKeyId,
    S3_SECRET_KEY: s3.secretAccessKey,
  };
  return { s3, settings };
}

/** How many copies of each photo a service has, by checksum. */
export function copiesOf(kept: readonly { readonly sha256: string }[]): Record<string, number> {
  const copies: Record<string, number> = {};
  for (const { sha256 } of kept) copies[sha256] = (copies[sha256] ?? 0) + 1;
  return copies;
}
