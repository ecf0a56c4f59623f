/**
 * Colours that tiles have until their pictures come. They are classes of the style sheet, as the page's policy forbids `style`
 * attributes: 64 of them, so that the sheet stays small.
 */

/** Of four bits. */
const LEVELS = [2, 6, 9, 13] as const;

/** By number, `#8a9`: less vivid than what they stand for, so that a wrong one is not seen as wrong. */
export const SHADES: readonly string[] = Array.from({ length: 64 }, (_, shade) => {
  const channels = [4, 2, 0].map((shift) => LEVELS[((shade >> shift) & 3) as 0 | 1 | 2 | 3]);
  const grey = channels.reduce((sum: number, channel) => sum + channel, 0) / 3;
  return `#${channels.map((channel) => Math.round((channel + grey) / 2).toString(16)).join("")}`;
});

/** The number in `SHADES` of what lies nearest to a tone of four bits a channel. */
export function shadeOf(tone: number): number {
  return [8, 4, 0].reduce((shade, shift) => shade * 4 + ((tone >> (shift + 2)) & 3), 0);
}
