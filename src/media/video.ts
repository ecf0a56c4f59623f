/** A still picture of a video, by ffmpeg. */
import { PhotologError } from "../errors.ts";
import { ProgramFailed, ProgramMissing, run } from "./ffmpeg.ts";
import { inputArguments, probeVideo, type VideoStreams } from "./video-streams.ts";

/** Upright pixels, red, green and blue, eight bits each, sRGB. */
export interface Poster {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
}

/** Enough for the largest rendition. */
const MOST_LENGTH = 2048;
const MOST_BYTES = 32 * 1024 ** 2;
/** Twice 8K. More would be the work of no camera, and half a gigabyte a frame. */
const MOST_FRAME_PIXELS = 64 * 1024 ** 2;
const MOST_ALLOCATION = 768 * 1024 ** 2;
const SECONDS = 60;

/** Films begin with a fade or a shake of the hand: their poster comes from later, from among so many seconds. */
const SKIPPED_SECONDS = 1;
const SEARCHED_SECONDS = 5;
/** A frame is black when so much of it is darker than that (16 is black, 235 white); every fifth one is looked at. */
const BLACK_PERCENT = 98;
const DARK = 32;
const FRAMES_APART = 5;

/** The time is the processor's: whoever is waiting for the frame may have been killed. */
const GUARDS = [
  ..."-nostdin -hide_banner -loglevel error -threads 1".split(" "),
  ...`-timelimit ${SECONDS} -max_alloc ${MOST_ALLOCATION} -max_pixels ${MOST_FRAME_PIXELS}`.split(" "),
  ...`-t ${SEARCHED_SECONDS}`.split(" "),
];
const ONE_FRAME = "-map 0:V:0 -an -sn -dn -frames:v 1 -filter_threads 1 -f image2pipe -c:v ppm".split(" ");

export const FFMPEG_HINT =
  "Install ffmpeg on the server, then run `photolog jobs retry --destination renditions --all`.";

/**
 * The first frame after a second that is not black; where there is none soon, one after a third of the film, else an earlier one. Rejects with `UNDECODABLE` where
 * there is no ffmpeg (with a hint), or nothing in the file that it can decode within a minute, and with the signal's reason.
 */
export async function renderPoster(path: string, mime: string, signal?: AbortSignal): Promise<Poster> {
  const streams = (await probeVideo(path, mime, signal)) ?? {};
  let failure: unknown;
  for (const attempt of attemptsFor(streams)) {
    try {
      const poster = posterOf(await run({ ...commandFor(path, { mime, streams, attempt }), signal }));
      if (poster !== undefined) return poster;
    } catch (error) {
      if (error instanceof ProgramMissing) throw missing(error);
      if (!(error instanceof ProgramFailed)) throw error;
      failure = error;
    }
  }
  throw new PhotologError("UNDECODABLE", "No frame of this video can be decoded.", { cause: failure });
}

function missing(cause: unknown): PhotologError {
  const message = "Videos get no poster: there is no ffmpeg on the server.";
  return new PhotologError("UNDECODABLE", message, { cause, hint: FFMPEG_HINT });
}

interface Attempt {
  readonly from: number;
  /** Black frames will do. */
  readonly dark: boolean;
  readonly toneMapped: boolean;
}

function attemptsFor({ duration, transfer }: VideoStreams): readonly Attempt[] {
  const toneMapped = transfer === "smpte2084" || transfer === "arib-std-b67";
  const isLong = duration === undefined || duration > 2 * SKIPPED_SECONDS;
  const later = duration !== undefined && duration > 3 * SEARCHED_SECONDS ? [Math.floor(duration / 3)] : [];
  const starts = [...(isLong ? [SKIPPED_SECONDS] : []), ...later];
  return [
    ...starts.map((from) => ({ from, dark: false, toneMapped })),
    { from: 0, dark: false, toneMapped },
    { from: 0, dark: true, toneMapped },
    // An ffmpeg without zimg cannot map tones: pale colours are better than none.
    ...(toneMapped ? [{ from: 0, dark: true, toneMapped: false }] : []),
  ];
}

function commandFor(
  path: string,
  given: { readonly mime: string; readonly streams: VideoStreams; readonly attempt: Attempt },
): Parameters<typeof run>[0] {
  const { mime, attempt } = given;
  return {
    program: "ffmpeg",
    arguments: [
      ...GUARDS,
      ...(attempt.from > 0 ? ["-ss", String(attempt.from)] : []),
      ...inputArguments(path, mime),
      ...ONE_FRAME,
      "-vf",
      filtersFor(given.streams, attempt).join(","),
      "pipe:1",
    ],
    milliseconds: SECONDS * 1000,
    bytes: MOST_BYTES,
  };
}

function filtersFor({ height = 0, matrix }: VideoStreams, { dark, toneMapped }: Attempt): readonly string[] {
  // Without a word on it, high definition is BT.709 and everything else BT.601: what players take them for.
  const unsaid = matrix === undefined || matrix === "unknown";
  const from = unsaid && height >= 720 ? ":in_color_matrix=bt709" : "";
  const size = `w='min(${MOST_LENGTH},iw)':h='min(${MOST_LENGTH},ih)':force_original_aspect_ratio=decrease`;
  const bright = `metadata=mode=select:key=lavfi.blackframe.pblack:function=less:value=${BLACK_PERCENT}`;
  return [
    ...(dark ? [] : [`framestep=${FRAMES_APART}`]),
    "scale=w='max(1,trunc(iw*sar))':h=ih",
    "setsar=1",
    `scale=${size}${from}`,
    ...(toneMapped ? TONE_MAPPING : []),
    ...(dark ? [] : ["format=yuv420p", `blackframe=amount=0:threshold=${DARK}`, bright]),
    "format=rgb24",
  ];
}

/** HDR to the range of ordinary screens. */
const TONE_MAPPING = [
  "zscale=transfer=linear:npl=203",
  "format=gbrpf32le",
  "zscale=primaries=bt709",
  "tonemap=tonemap=mobius:desat=0",
  "zscale=transfer=bt709:matrix=bt709:range=tv",
  "format=yuv444p",
];

/** Undefined where nothing was written: the filters let no frame through. */
function posterOf(ppm: Buffer): Poster | undefined {
  const [header, width, height] = /^P6\s(\d{1,5}) (\d{1,5})\s255\s/.exec(ppm.toString("latin1", 0, 32)) ?? [];
  if (header === undefined) return undefined;
  const poster = {
    data: ppm.subarray(header.length),
    width: Number(width),
    height: Number(height),
    channels: 3,
  } as const;
  return poster.data.length === poster.width * poster.height * 3 ? poster : undefined;
}
