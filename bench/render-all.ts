/** What the server's decoding process does, for all files named after the folder; what cannot be decoded is passed over. */
import { PhotologError } from "../src/errors.ts";
import { recognise } from "../src/media/formats.ts";
import { renderRenditions } from "../src/media/renditions.ts";

const [, , into = "", ...paths] = process.argv;
for (const path of paths) {
  const format = await recognise(path, path);
  if (format === undefined) continue;
  await renderRenditions(path, format, into).catch((error: unknown) => {
    if (!(error instanceof PhotologError && error.code === "UNDECODABLE")) throw error;
  });
}
