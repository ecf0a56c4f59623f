/** Looks at everything `photolog serve` needs, one thing after the other, and says what to do where it is missing. */
import { createHash, randomBytes } from "node:crypto";
import { constants, existsSync } from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { openCredentials } from "../credentials.ts";
import { openDatabase } from "../database.ts";
import { openDestinations } from "../destinations/all.ts";
import { messageOf, PhotologError } from "../errors.ts";
import { ProgramMissing, versionOf } from "../media/ffmpeg.ts";
import { loadLibheif } from "../media/libheif.ts";
import { Queue } from "../queue/queue.ts";
import { type Settings } from "../settings.ts";
import type { BlobStore } from "../storage/blob-store.ts";
import { archivePlace, openArchive } from "../storage/open-archive.ts";
import { openSpool } from "../storage/spool.ts";

export interface Finding {
  readonly check: string;
  readonly result: "ok" | "warning" | "problem";
  readonly detail: string;
  /** What to do. */
  readonly fix?: string;
}

const LITTLE_ROOM = 1024 ** 3;
const PATIENCE_MS = 30_000;

export async function* examine(settings: Settings): AsyncGenerator<Finding> {
  yield { check: "settings", result: "ok", detail: settings.file ?? "defaults and environment" };
  yield* examineFolders(settings);
  yield* attempt("database", () => checkDatabase(settings));
  yield* examineArchive(settings);
  const credentials = openCredentials(settings.credentialsFile);
  const none = { read: () => Promise.resolve(undefined), write: () => Promise.resolve() };
  for (const destination of openDestinations(settings, { credentials, notes: () => none })) {
    yield* attempt(destination.title, async () => {
      const { name, warnings } = await destination.check(AbortSignal.timeout(PATIENCE_MS));
      return warnings.length === 0
        ? { result: "ok", detail: `signed in as ${name}` }
        : { result: "warning", detail: `signed in as ${name}. ${warnings.join(" ")}` };
    });
  }
  yield* attempt("decoders", checkDecoders);
  yield* attempt("video", checkVideo);
}

export async function* examineFolders(settings: Settings): AsyncGenerator<Finding> {
  yield* attempt("folders", () => checkFolders(settings));
  yield* attempt("free space", () => checkRoom(settings));
}

export async function* examineArchive(settings: Settings): AsyncGenerator<Finding> {
  yield* attempt("archive", async () => {
    const begun = await hasArchived(settings);
    return checkArchive(openArchive(archivePlace(settings, { begun })));
  });
}

type Report = Omit<Finding, "check">;

async function* attempt(check: string, look: () => Promise<Report>): AsyncGenerator<Finding> {
  try {
    yield { check, ...(await look()) };
  } catch (error) {
    const fix = error instanceof PhotologError ? error.hint : undefined;
    yield { check, result: "problem", detail: messageOf(error), ...(fix === undefined ? {} : { fix }) };
  }
}

async function checkFolders({ uploadFolder, dbFile }: Settings): Promise<Report> {
  for (const folder of [uploadFolder, dirname(dbFile)]) {
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await access(folder, constants.W_OK | constants.X_OK);
    } catch (error) {
      return {
        result: "problem",
        detail: `${folder} cannot be written: ${messageOf(error)}.`,
        fix: "Give the user that runs photolog the right to write there.",
      };
    }
  }
  return { result: "ok", detail: `${uploadFolder} and ${dirname(dbFile)} can be written` };
}

async function checkRoom({ uploadFolder, spoolReserve }: Settings): Promise<Report> {
  const room = await openSpool(uploadFolder, spoolReserve).room();
  const detail = `room for ${(room / 1024 ** 3).toFixed(1)} GB of uploads`;
  if (room === 0) return { result: "problem", detail: "no room for uploads", fix: `Free space for ${uploadFolder}.` };
  return room < LITTLE_ROOM ? { result: "warning", detail } : { result: "ok", detail };
}

async function checkDatabase({ dbFile }: Settings): Promise<Report> {
  if (!existsSync(dbFile)) return { result: "ok", detail: `${dbFile} will be made by \`photolog serve\`` };
  const database = openDatabase(dbFile);
  try {
    const sound = await database.read((sql) => sql.get<{ quick_check: string }>("PRAGMA quick_check")?.quick_check);
    if (sound === "ok") return { result: "ok", detail: `${dbFile} is sound` };
    return { result: "problem", detail: `${dbFile}: ${sound ?? "no answer"}`, fix: "Restore it from a backup." };
  } finally {
    database.close();
  }
}

async function hasArchived({ dbFile }: Settings): Promise<boolean> {
  if (!existsSync(dbFile)) return false;
  const database = openDatabase(dbFile);
  try {
    return await new Queue(database, Date.now).hasCompleted("archive", 0);
  } finally {
    database.close();
  }
}

/** Writes a small probe, reads it back and deletes it. */
async function checkArchive(archive: BlobStore): Promise<Report> {
  const bytes = randomBytes(1024);
  const key = `doctor-probe-${randomBytes(6).toString("hex")}`;
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await archive.put(
    { key, source: { bytes }, size: bytes.length, sha256, contentType: "application/octet-stream" },
    signal,
  );
  const read = Buffer.concat(await Array.fromAsync(await archive.get(key, signal)));
  await archive.delete(key, signal);
  if (read.equals(bytes)) return { result: "ok", detail: `${archive.address}: written, read back and deleted` };
  return {
    result: "problem",
    detail: `${archive.address} gave back other bytes than were written`,
    fix: "Do not use it.",
  };
}

async function checkDecoders(): Promise<Report> {
  const { default: sharp } = await import("sharp");
  const missing = ["jpeg", "png", "webp", "gif", "heif", "tiff"].filter(
    (name) => !sharp.format[name as "jpeg"]?.input.file,
  );
  const heic = await loadLibheif().catch(() => undefined);
  if (heic === undefined) missing.push("HEIC");
  if (missing.length > 0) {
    return { result: "problem", detail: `cannot decode ${missing.join(", ")}`, fix: "Run `npm ci` again." };
  }
  return { result: "ok", detail: "JPEG, PNG, WebP, GIF, AVIF, TIFF, HEIC and the previews in RAW files" };
}

async function checkVideo(): Promise<Report> {
  const ffmpeg = await versionOf("ffmpeg").catch(absent);
  const ffprobe = await versionOf("ffprobe").catch(absent);
  if (ffmpeg !== undefined && ffprobe !== undefined) return { result: "ok", detail: `ffmpeg ${ffmpeg}` };
  const missing = ffmpeg === undefined ? "ffmpeg" : "ffprobe, a part of ffmpeg,";
  const consequence =
    ffmpeg === undefined ? "videos are kept and delivered, but get no poster" : "HDR videos get pale posters";
  return {
    result: "warning",
    detail: `${missing} is not on the PATH: ${consequence}`,
    fix: "Install ffmpeg (`apt-get install ffmpeg`, `brew install ffmpeg`), restart the server, then run `photolog jobs retry --destination renditions --all`.",
  };
}

function absent(error: unknown): undefined {
  if (error instanceof ProgramMissing) return undefined;
  throw error;
}
