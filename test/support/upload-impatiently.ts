/** `photolog upload`, run from its source, for which every wait is over at once. */
import { fileURLToPath } from "node:url";
import { execute, settings } from "@oclif/core";
import packageJson from "../../package.json" with { type: "json" };
import Upload from "../../src/commands/upload.ts";

Object.defineProperty(Upload.prototype, "pause", { value: async () => undefined });

settings.enableAutoTranspile = false;
process.argv.splice(2, 0, "upload");
const pjson = { ...packageJson, oclif: { ...packageJson.oclif, commands: "./src/commands" } };
await execute({
  args: process.argv.slice(2),
  loadOptions: {
    root: fileURLToPath(new URL("../..", import.meta.url)),
    ignoreManifest: true,
    // Its type is stricter about separators than oclif is about the file.
    pjson: pjson as never,
  },
});
