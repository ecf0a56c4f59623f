/** Puts a picture upright. */
import type { Sharp } from "sharp";

/** Upright by what the file says, or by the orientation of EXIF (1 to 8) that counts instead. */
export function turned(picture: Sharp, orientation: number | undefined): Sharp {
  switch (orientation) {
    case undefined:
      return picture.autoOrient();
    case 2:
      return picture.flop();
    case 3:
      return picture.rotate(180);
    case 4:
      return picture.flip();
    case 5:
      return picture.rotate(90).flop();
    case 6:
      return picture.rotate(90);
    case 7:
      return picture.rotate(270).flop();
    case 8:
      return picture.rotate(270);
    default:
      return picture;
  }
}
