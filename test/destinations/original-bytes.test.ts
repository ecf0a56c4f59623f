import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { appendFile, rm, truncate } from "node:fs/promises";
import { describe, it } from "node:test";
import { originalBytes } from "../../src/destinations/original-bytes.ts";
import { PhotologError, systemCodeOf } from "../../src/errors.ts";
import { acceptPhoto, flipOneBit } from "../support/accept-photo.ts";
import { temporaryFolder } from "../support/temporary.ts";

const MB = 1024 * 1024;

async function read(...given: Parameters<typeof originalBytes>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of originalBytes(...given)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe("the bytes of an original", async () => {
  const folder = await temporaryFolder();
  const content = randomBytes(2 * MB + 12_345);
  const isChanged = (error: unknown): boolean => error instanceof PhotologError && error.code === "ORIGINAL_CHANGED";

  for (const from of [0, 1, MB - 1, MB, MB + 1, 2 * MB + 12_344, content.length]) {
    it(`come from position ${from} on`, async () => {
      const { original } = await acceptPhoto(folder, { content });
      assert.ok((await read(original, from)).equals(content.subarray(from)));
    });
  }

  it("never come to an end where one bit is another, even before the position that was asked for", async () => {
    for (const from of [0, content.length - 10]) {
      const { original } = await acceptPhoto(folder, { content: randomBytes(content.length) });
      await flipOneBit(original);
      let bytes = 0;
      await assert.rejects(async () => {
        for await (const chunk of originalBytes(original, from)) bytes += chunk.length;
      }, isChanged);
      assert.ok(bytes < original.bytes - from);
    }
  });

  it("do not come at all where there are more or fewer", async () => {
    const { original } = await acceptPhoto(folder, { content: randomBytes(5000) });
    await appendFile(original.path, "x");
    await assert.rejects(read(original), isChanged);
    await truncate(original.path, 4999);
    await assert.rejects(read(original), isChanged);
  });

  it("fail as the file system does where the file is gone", async () => {
    const { original } = await acceptPhoto(folder);
    await rm(original.path);
    await assert.rejects(read(original), (error) => systemCodeOf(error) === "ENOENT");
  });
});
