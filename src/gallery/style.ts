/** The style sheet and the icon: one file each, named after their content, so that they can be cached for ever. */
import { named } from "./style-file.ts";
import { QUARTERS, RATIOS } from "./ratio.ts";
import { FRAME } from "./style-frame.ts";
import { GRID } from "./style-grid.ts";
import { SHADES } from "./shades.ts";

const ratios = RATIOS.map((ratio, step) => `.r${step}{--r:${Number(ratio.toFixed(3))}}`).join("");
const quarters = Array.from({ length: QUARTERS.most }, (_, index) => index + QUARTERS.least);
const sums = quarters.map((count) => `.s${count}{--s:${count / 4}}`).join("");

const shades = SHADES.map((colour, shade) => `.c${shade}{--c:${colour}}`).join("");

export const STYLE = named("style", "css", {
  text: compact(FRAME + GRID) + ratios + sums + shades,
  contentType: "text/css; charset=utf-8",
});

export const ICON = named("icon", "svg", {
  text:
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect x="2" y="5" width="15" height="15" rx="3.5" fill="#8fb8a6"/>' +
    '<rect x="7" y="2" width="15" height="15" rx="3.5" fill="#1f7a5a"/></svg>',
  contentType: "image/svg+xml",
});

/** Leaves out comments and the spaces that are only there to be read. */
export function compact(css: string): string {
  return css
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .replace(/\s+/g, " ")
    .replace(/ ?([{};,]) ?/g, "$1")
    .replace(/: /g, ":")
    .replace(/;}/g, "}")
    .trim();
}
