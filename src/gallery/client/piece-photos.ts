/** What the pieces of the months tell of a photo. */
import { ID_LETTERS, type Mark, type PhotoPiece, TIME_LETTERS, TONE_LETTERS } from "../pieces.ts";
import { dayTitle } from "../wording.ts";

export interface PiecePhoto {
  readonly id: string;
  /** `#8ab`. */
  readonly tone: string;
  /** `Photo, 17 May 2024, 14:02`. */
  readonly name: string;
  /** Of films, and of what has no picture: only the latter have a file name. */
  readonly mark: Mark | undefined;
}

/** `day` is the photo's, `YYYY-MM-DD`. */
export function photoIn(piece: PhotoPiece, at: number, day: string): PiecePhoto {
  const mark = piece.marks[at];
  const time = cut(piece.times, at, TIME_LETTERS).trim();
  return {
    id: cut(piece.ids, at, ID_LETTERS),
    tone: `#${cut(piece.tones, at, TONE_LETTERS)}`,
    name: `${mark?.isVideo ? "Video" : "Photo"}, ${dayTitle(day)}${time && `, ${time.slice(0, 2)}:${time.slice(2)}`}`,
    mark,
  };
}

/** Day of the month of a photo, and its place in the day. */
export function dayIn(piece: PhotoPiece, at: number): { readonly day: string; readonly inDay: number } {
  let before = 0;
  for (const [day, first, count] of piece.days) {
    if (at < before + count) return { day, inDay: first + at - before };
    before += count;
  }
  return { day: "", inDay: 0 };
}

function cut(text: string, index: number, letters: number): string {
  return text.slice(index * letters, (index + 1) * letters);
}
