/** What the server's decoding process does, for all files named after the folder. */
import { renderRenditions } from "../src/media/renditions.ts";

const [, , into = "", ...paths] = process.argv;
for (const path of paths) await renderRenditions(path, { mime: "image/jpeg", kind: "image" }, into);
