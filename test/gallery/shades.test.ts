import assert from "node:assert/strict";
import { test } from "node:test";
import { SHADES, shadeOf } from "../../src/gallery/shades.ts";
import { siteFiles } from "../../src/gallery/site.ts";
import { STYLE } from "../../src/gallery/style.ts";
import { LOOK, rendered, shown, timelineOf } from "../support/gallery.ts";

/** `#8a9` as three numbers up to 15. */
function channelsOf(colour: string): number[] {
  return Array.from(colour.slice(1), (digit) => parseInt(digit, 16));
}

test("every tone has a shade that is about as light, and never more vivid", () => {
  for (let tone = 0; tone < 4096; tone++) {
    const own = [tone >> 8, (tone >> 4) & 15, tone & 15];
    const shade = channelsOf(SHADES[shadeOf(tone)] ?? "");
    assert.equal(shade.length, 3);
    const mean = (channels: readonly number[]): number => channels.reduce((sum, channel) => sum + channel, 0) / 3;
    const spread = (channels: readonly number[]): number => Math.max(...channels) - Math.min(...channels);
    assert.ok(Math.abs(mean(own) - mean(shade)) <= 2.5, `${own} and ${shade}`);
    assert.ok(spread(shade) <= spread(own) + 3, `${own} and ${shade}`);
  }
});

test("a tile has the shade of its photo until the picture comes, and one without a picture has none", async () => {
  const photo = shown(1, { impression: { placeholder: "", colour: "#8a1f03" } });
  const photos = [
    { ...photo, renditions: rendered(photo.photo.sha256, { width: 480, height: 320 }) },
    shown(2, { impression: { placeholder: "", colour: "#8a1f03" } }),
  ];
  const texts = new Map<string, string>();
  for await (const { path, body } of siteFiles({
    timeline: timelineOf(photos),
    galleryKey: "ab".repeat(32),
    look: LOOK,
  })) {
    if ("text" in body) texts.set(path, body.text);
  }
  for (const path of ["index.html", "2024/05/index.html", "2024/05/17/index.html"]) {
    const classes = [...(texts.get(path) ?? "").matchAll(/<li class="(r\d+ [^"]*)"/g)].map(([, name]) => name);
    assert.deepEqual(classes.sort(), ["r66 bare", "r66 c32"], path);
  }
  const [red = 0, green = 0, blue = 0] = channelsOf(/\.c32\{--c:(#\w+)\}/.exec(STYLE.text)?.[1] ?? "");
  assert.ok(red > green && green >= blue, "red, as the photo");
});
