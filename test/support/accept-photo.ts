/** Photos as the server accepts them: bytes in a file, and what the catalog would say of them. */
import { createHash, randomBytes } from "node:crypto";
import { open, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Original, Photo } from "../../src/photo.ts";

export interface Accepted {
  readonly photo: Photo;
  readonly original: Original;
}

const JPEG_HEAD = Buffer.from("ffd8ffe000104a46494600010100000100010000", "hex");

/** A photo of these bytes (random ones unless given), and the file that holds them. */
export async function acceptPhoto(
  folder: string,
  given: Partial<Photo> & { readonly content?: Uint8Array } = {},
): Promise<Accepted> {
  const { content = Buffer.concat([JPEG_HEAD, randomBytes(20_000)]), ...rest } = given;
  const sha256 = createHash("sha256").update(content).digest("hex");
  const path = join(folder, sha256);
  await writeFile(path, content);
  const photo: Photo = {
    id: 1,
    key: sha256.slice(0, 12),
    sha256,
    bytes: content.length,
    filename: "DSC00647.JPG",
    extension: "jpg",
    mime: "image/jpeg",
    kind: "image",
    receivedAt: Date.UTC(2026, 10, 3),
    tags: [],
    sidecars: [],
    albums: [],
    related: [],
    ...rest,
  };
  return { photo, original: { bytes: content.length, sha256, path } };
}

export async function flipOneBit({ path, bytes }: Original): Promise<void> {
  const file = await open(path, "r+");
  try {
    const at = Math.floor(bytes / 2);
    const one = Buffer.alloc(1);
    await file.read(one, 0, 1, at);
    one[0] = (one[0] ?? 0) ^ 1;
    await file.write(one, 0, 1, at);
  } finally {
    await file.close();
  }
}
