/** Films for tests, made by ffmpeg. */
import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";

const run = promisify(execFile);

/** False where there is none: tests that need it are skipped then. */
export const hasFfmpeg = await run("ffmpeg", ["-version"]).then(
  () => true,
  () => false,
);

/** The arguments between the first input and the name of the file; the source is one of ffmpeg's own (`-f lavfi`). */
export async function film(path: string, source: string, ...options: readonly string[]): Promise<string> {
  await run("ffmpeg", ["-nostdin", "-v", "error", "-y", "-f", "lavfi", "-i", source, ...options, path]);
  return path;
}

/** Makes a film of one picture track be shown a quarter turn clockwise, as phones do (ISO/IEC 14496-12, 8.3.2). */
export async function turnClockwise(path: string, height: number): Promise<void> {
  const bytes = await readFile(path);
  const matrix = bytes.indexOf("tkhd") + 4 + 40;
  const values = [0, 0x10000, 0, -0x10000, 0, 0, height * 0x10000, 0, 0x40000000];
  for (const [index, value] of values.entries()) bytes.writeInt32BE(value, matrix + index * 4);
  await writeFile(path, bytes);
}
