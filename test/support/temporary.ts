import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";

const cleanings: (() => Promise<unknown>)[] = [];

/** Is run when the test file has ended, before what was registered earlier. */
export function whenDone(clean: () => Promise<unknown>): void {
  cleanings.push(clean);
}

after(async () => {
  for (const clean of cleanings.toReversed()) await clean();
});

/** A folder of its own, gone when the test file has ended. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "photolog-test-"));
  whenDone(() => rm(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}
