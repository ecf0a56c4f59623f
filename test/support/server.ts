import { join } from "node:path";
import { pino } from "pino";
import { loadSettings, type Settings } from "../../src/settings.ts";
import { startServer } from "../../src/server/server.ts";
import { SECRET } from "./photolog.ts";
import { temporaryFolder, whenDone } from "./temporary.ts";

export const BEARER = { authorization: `Bearer ${SECRET}` };

/** The real server, in this process, with everything it keeps in a folder of its own. */
export async function openServer(environment: Readonly<Record<string, string>> = {}) {
  const folder = await temporaryFolder();
  const settings: Settings = await loadSettings({
    environment: {
      HOME: folder,
      PHOTOLOG_API_SECRET: SECRET,
      PHOTOLOG_PORT: "0",
      PHOTOLOG_UPLOAD_FOLDER: join(folder, "spool"),
      PHOTOLOG_ARCHIVE_FOLDER: join(folder, "archive"),
      PHOTOLOG_DB_FILE: join(folder, "photolog.db"),
      ...environment,
    },
    cwd: folder,
  });
  const server = await startServer(settings, pino({ level: "silent" }));
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= server.stop());
  whenDone(stop);
  return { folder, settings, url: server.url, stop };
}
