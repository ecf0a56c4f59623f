/** What ffprobe says of a video. */
import { ProgramFailed, ProgramMissing, run } from "./ffmpeg.ts";

export interface VideoStreams {
  /** Seconds. */
  readonly duration?: number;
  /** As shown: after rotation, with square pixels. */
  readonly width?: number;
  readonly height?: number;
  /** As ffmpeg names them, e.g. `bt709`, `arib-std-b67`. */
  readonly transfer?: string;
  readonly matrix?: string;
}

const SECONDS = 30;
const MOST_BYTES = 4 * 1024 ** 2;

/**
 * How ffmpeg calls the container of a media type. Naming it keeps ffmpeg from finding out by itself: a playlist that is called
 * film would have it read other files and addresses.
 */
const DEMUXERS: Readonly<Record<string, string>> = {
  "video/mp4": "mov",
  "video/x-m4v": "mov",
  "video/quicktime": "mov",
  "video/3gpp": "mov",
  "video/3gpp2": "mov",
  "video/x-msvideo": "avi",
  "video/x-matroska": "matroska",
  "video/webm": "matroska",
  "video/ogg": "ogg",
  "video/mp2t": "mpegts",
  "video/x-ms-wmv": "asf",
  "video/x-flv": "flv",
  "application/mxf": "mxf",
  // Pictures that our own decoder cannot read. The last is a sequence of them: a film in all but name.
  "image/bmp": "bmp_pipe",
  "image/jxl": "jpegxl_pipe",
  "image/jp2": "j2k_pipe",
  "image/jpx": "j2k_pipe",
  "image/j2c": "j2k_pipe",
  "image/vnd.adobe.photoshop": "psd_pipe",
  "image/avif": "mov",
};

/**
 * The file alone, by no other protocol, as this container. MPEG has two kinds that only their content tells apart; neither can
 * refer to anything.
 */
export function inputArguments(path: string, mime: string): readonly string[] {
  const demuxer = DEMUXERS[mime];
  const container = demuxer === undefined ? ["-format_whitelist", "mpeg,mpegvideo,mpegts"] : ["-f", demuxer];
  return ["-protocol_whitelist", "file,pipe", ...container, "-i", `file:${path}`];
}

interface Probed {
  readonly streams?: readonly ProbedStream[];
  readonly format?: { readonly duration?: string };
}

interface ProbedStream {
  readonly codec_type?: string;
  readonly width?: number;
  readonly height?: number;
  readonly duration?: string;
  readonly sample_aspect_ratio?: string;
  readonly color_transfer?: string;
  readonly color_space?: string;
  readonly side_data_list?: readonly { readonly rotation?: number }[];
  readonly tags?: { readonly rotate?: string };
  readonly disposition?: { readonly attached_pic?: number };
}

/**
 * Undefined where there is no ffprobe, or where it cannot read the file. Rejects with the signal's reason, and when ffprobe cannot
 * be started for other reasons than its absence.
 */
export async function probeVideo(path: string, mime: string, signal?: AbortSignal): Promise<VideoStreams | undefined> {
  const entries =
    "format=duration:stream=codec_type,width,height,duration,sample_aspect_ratio,color_transfer,color_space" +
    ":stream_tags=rotate:stream_side_data=rotation:stream_disposition=attached_pic";
  try {
    const written = await run({
      program: "ffprobe",
      arguments: ["-v", "error", "-of", "json", "-show_entries", entries, ...inputArguments(path, mime)],
      milliseconds: SECONDS * 1000,
      bytes: MOST_BYTES,
      signal,
    });
    return streamsOf(JSON.parse(written.toString()) as Probed);
  } catch (error) {
    if (error instanceof ProgramMissing || error instanceof ProgramFailed || error instanceof SyntaxError) {
      return undefined;
    }
    throw error;
  }
}

function streamsOf({ streams = [], format }: Probed): VideoStreams {
  const film = streams.find(({ codec_type, disposition }) => codec_type === "video" && disposition?.attached_pic !== 1);
  const duration = [format?.duration, film?.duration].map(Number).find((seconds) => seconds > 0 && seconds < 1e7);
  if (film === undefined) return { ...(duration !== undefined && { duration }) };
  return {
    ...(duration !== undefined && { duration }),
    ...shownSize(film),
    ...(film.color_transfer !== undefined && { transfer: film.color_transfer }),
    ...(film.color_space !== undefined && { matrix: film.color_space }),
  };
}

function shownSize(film: ProbedStream): Pick<VideoStreams, "width" | "height"> {
  const { width: stored = 0, height = 0, sample_aspect_ratio = "" } = film;
  if (stored <= 0 || height <= 0) return {};
  const [across = 1, up = 1] = sample_aspect_ratio.split(":").map(Number);
  const width = across > 0 && up > 0 ? Math.max(1, Math.floor((stored * across) / up)) : stored;
  const turned =
    film.side_data_list?.find(({ rotation }) => rotation !== undefined)?.rotation ?? film.tags?.rotate ?? 0;
  const onItsSide = Math.abs(Number(turned)) % 180 === 90;
  return onItsSide ? { width: height, height: width } : { width, height };
}
