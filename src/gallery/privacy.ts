/** Whether strangers can read the gallery: asks for its index as one would. */
import { PhotologError } from "../errors.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import { GENERATOR } from "./layout.ts";
import { INDEX } from "./site-paths.ts";

export interface PrivacyCheck {
  readonly target: BlobStore;
  readonly prefix: string;
  /** Where people open it. */
  readonly url?: string;
  readonly public: boolean;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

const PATIENCE_MS = 10_000;

/**
 * Asks at the gallery's own address and at the bucket's, without credentials. Resolves with the addresses where a stranger is shown
 * the gallery: none for a private one, and none where nobody answered. Rejects with `GALLERY_PUBLIC` where there are some and it is
 * not meant to be public.
 */
export async function checkPrivacy(check: PrivacyCheck): Promise<readonly string[]> {
  const addresses = await addressesOf(check);
  const readable: string[] = [];
  for (const address of addresses) if (await isReadable(address, check)) readable.push(address);
  if (readable.length === 0 || check.public) return readable;
  throw new PhotologError("GALLERY_PUBLIC", `Anybody can read the gallery at ${readable.join(" and ")}.`, {
    hint: "Block public access to the bucket, or set GALLERY_PUBLIC to true if that is what you want.",
  });
}

async function addressesOf({ target, prefix, url }: PrivacyCheck): Promise<readonly string[]> {
  const addresses = url === undefined ? [] : [new URL(INDEX, url.endsWith("/") ? url : `${url}/`).href];
  const link = await target.url(prefix + INDEX, 60);
  if (link === undefined) return addresses;
  // A presigned link without its signature is what a stranger would ask for.
  const { origin, pathname } = new URL(link);
  return [...new Set([...addresses, origin + pathname])];
}

async function isReadable(address: string, { fetch, signal }: PrivacyCheck): Promise<boolean> {
  try {
    const response = await fetch(address, {
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]),
    });
    // A page that asks to sign in also answers 200.
    return response.ok && (await response.text()).includes(GENERATOR);
  } catch {
    signal.throwIfAborted();
    return false;
  }
}
