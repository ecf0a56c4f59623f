import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { gzipSync } from "node:zlib";
import type { ShownPhoto } from "../../src/catalog.ts";
import {
  dayWidth,
  type Layout,
  layOut,
  type Measures,
  rowAt,
  rowOf,
} from "../../src/gallery/client/timeline-layout.ts";
import { openTimeline, type TimelinePhotos } from "../../src/gallery/client/timeline-photos.ts";
import { findingFiles } from "../../src/gallery/finding-files.ts";
import { addDay, daysOf, emptyOutline, type Outline } from "../../src/gallery/outline.ts";
import { type Directory, lettersOf, stepsOf } from "../../src/gallery/pieces.ts";
import { RATIOS } from "../../src/gallery/ratio.ts";
import type { StyleFile } from "../../src/gallery/style-file.ts";
import { WordLog } from "../../src/gallery/word-log.ts";
import { rendered, shown, timelineOf } from "../support/gallery.ts";

const MEASURES: Measures = { width: 1200, rowHeight: 160, gap: 5, dayGap: 30, heading: 54, leastDay: 152 };
const SIZES = [
  [480, 320],
  [213, 320],
  [427, 320],
  [240, 320],
  [1000, 320],
] as const;

/** A reproducible number below 1 for each name. */
function chance(name: string): number {
  return createHash("sha256").update(name).digest().readUInt32BE() / 2 ** 32;
}

function photoAt(local: string, index: number, given: Partial<ShownPhoto["photo"]> = {}): ShownPhoto {
  const [width, height] = SIZES[Math.floor(chance(`size ${index}`) * SIZES.length)] ?? SIZES[0];
  const photo = shown(index, { facts: { taken: { local, source: "exif" } }, ...given });
  return { ...photo, day: local.slice(0, 10), renditions: rendered(photo.photo.sha256, { width, height }) };
}

function photosOf(day: string, count: number, from: number): ShownPhoto[] {
  return Array.from({ length: count }, (_, index) => {
    const minute = Math.floor((index * 1439) / count);
    const time = `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
    return photoAt(`${day}T${time}:00`, from + index);
  });
}

async function outlineOf(photos: readonly ShownPhoto[]): Promise<Outline> {
  const outline = emptyOutline();
  for await (const day of daysOf(timelineOf(photos))) {
    addDay(outline, day, ({ photo }) => photo.sha256.slice(0, 22));
  }
  return outline;
}

function filesOf(outline: Outline): StyleFile[] {
  return [...findingFiles(outline, new WordLog())];
}

/** Runs the files as a page would, in a place of their own. */
async function opened(files: readonly StyleFile[]): Promise<{ photos: TimelinePhotos; loaded: string[] }> {
  const loaded: string[] = [];
  const load = async <T>(name: string, path: string): Promise<T> => {
    const file = files.find((one) => one.path === path);
    assert.ok(file, path);
    loaded.push(path);
    let told: unknown;
    runInNewContext(file.text, {
      photologPiece: (called: string, value: unknown) => {
        assert.equal(called, name);
        told = value;
      },
    });
    return told as T;
  };
  const directory = await load<Directory>("gallery", "data/gallery.js");
  return { photos: await openTimeline(directory, load), loaded };
}

const SOME = [
  ...photosOf("2024-05-17", 40, 0),
  ...photosOf("2024-05-16", 2, 100),
  ...photosOf("2024-05-15", 1, 110),
  ...photosOf("2024-05-11", 3, 120),
  ...photosOf("2024-04-30", 400, 200),
  ...photosOf("2019-01-01", 1, 700),
];

test("every shape has a letter of its own, and it is read back as it was written", () => {
  const steps = RATIOS.map((_ratio, step) => step);
  const text = lettersOf(steps);
  assert.equal(new Set(text).size, RATIOS.length);
  assert.deepEqual([...stepsOf(JSON.parse(JSON.stringify(text)) as string)], steps);
});

test("the files tell of every photo what the pages tell, and each is asked for only when it is wanted", async () => {
  const outline = await outlineOf(SOME);
  const { photos, loaded } = await opened(filesOf(outline));
  assert.deepEqual(
    photos.days,
    outline.tiles.days.map(({ day }) => day),
  );
  assert.equal(photos.count, SOME.length);
  assert.equal(photos.photo(0), undefined);
  await photos.ready(0, 1);
  assert.equal(loaded.length, 2);
  await photos.ready(0, photos.count);
  for (const [index, tile] of outline.tiles.days.flatMap((day) => [...day.tiles]).entries()) {
    const photo = photos.photo(index);
    assert.equal(photo?.picture, `a/${tile.id.slice(0, 2)}/${tile.id}-g.webp`);
    const folder = tile.day.day.replaceAll("-", "/");
    assert.equal(photo?.page, `${folder}/${tile.part === 1 ? "" : `${tile.part}/`}index.html#p-${tile.id}`);
    assert.match(photo?.name ?? "", new RegExp(`^Photo, \\d{1,2} \\w+ \\d{4}, ${tile.time}$`));
  }
});

test("films, photos without a picture, without a time, and their colours", async () => {
  const odd = [
    photoAt("2024-05-17T10:00:00", 1, { kind: "video", extension: "mov" }),
    { ...photoAt("2024-05-17T11:00:00", 2, { filename: "</script>\u202e.heic", extension: "heic" }), renditions: [] },
    photoAt("2024-05-17T12:00:00", 3, {
      facts: { taken: { local: "2024-05-17T12:00:00", source: "target_date" } },
      impression: { placeholder: "", colour: "#8af31c" },
    }),
  ];
  const { photos } = await opened(filesOf(await outlineOf(odd)));
  await photos.ready(0, 3);
  const [film, bare, timeless] = [photos.photo(0), photos.photo(1), photos.photo(2)];
  assert.equal(film?.name, "Video, 17 May 2024, 10:00");
  assert.equal(film?.label, "MOV");
  assert.equal(bare?.picture, undefined);
  assert.deepEqual([bare?.label, bare?.filename], ["HEIC", "</script>\u202e.heic"]);
  assert.equal(timeless?.name, "Photo, 17 May 2024");
  assert.equal(timeless?.tone, "#8f1");
});

test("a new photo changes one of the files of its month, and no other month's", async () => {
  const days = Array.from({ length: 28 }, (_, index) => `2024-05-${String(index + 1).padStart(2, "0")}`);
  const many = days.flatMap((day, index) => photosOf(day, 200, 1000 * index));
  const older = photosOf("2024-04-01", 10, 90_000);
  const before = filesOf(await outlineOf([...many, ...older]));
  const after = filesOf(await outlineOf([...many, ...older, photoAt("2024-05-28T23:59:59", 95_000)]));
  assert.ok(before.length > 4);
  assert.deepEqual(newNames(before, after), ["data/m/2024-05.3.js", "data/gallery.js"]);
});

/** Without their codes. */
function newNames(before: readonly StyleFile[], after: readonly StyleFile[]): string[] {
  const texts = new Set(before.map(({ text }) => text));
  return after.filter(({ text }) => !texts.has(text)).map(({ path }) => path.replace(/\.[0-9a-f]{8}/, ""));
}

test("the shapes of a large gallery are told by year, and a new photo changes those of its year only", async () => {
  const many = [...photosOf("2024-05-17", 9000, 0), ...photosOf("2023-05-17", 9000, 10_000)];
  const before = filesOf(await outlineOf(many));
  const after = filesOf(await outlineOf([...many, photoAt("2024-05-17T23:59:59", 95_000)]));
  assert.deepEqual(newNames(before, after), ["data/m/2024-05.6.js", "data/y/2024.js", "data/gallery.js"]);
  const { photos } = await opened(after);
  assert.deepEqual([photos.count, ...photos.days], [18_001, "2024-05-17", "2023-05-17"]);
  await photos.ready(9000, 9002);
  assert.equal(photos.photo(9001)?.name, "Photo, 17 May 2023, 00:00");
  assert.equal(photos.photo(8999)?.name, undefined);
});

test("a day of any size is in files of a bounded size", async () => {
  const files = filesOf(await outlineOf(photosOf("2024-05-17", 4000, 0)));
  for (const { path, text } of files) assert.ok(gzipSync(text).length < 50_000, path);
  const { photos } = await opened(files);
  await photos.ready(0, 4000);
  const ids = new Set(Array.from({ length: 4000 }, (_, index) => photos.photo(index)?.page));
  assert.equal(ids.size, 4000);
  assert.equal(photos.photo(0)?.name, "Photo, 17 May 2024, 00:00");
  assert.equal(photos.photo(3999)?.name, "Photo, 17 May 2024, 23:58");
});

function boxesOf(
  layout: Layout,
  photos: TimelinePhotos,
): { photo: number; left: number; right: number; row: number }[] {
  const { measures } = layout;
  return Array.from({ length: layout.rows }, (_, row) => {
    const [from = 0, to = 0, height = 0] = [layout.firsts[row], layout.firsts[row + 1], layout.heights[row]];
    const boxes = [];
    let left = 0;
    for (let day = layout.days[row] ?? 0, first = from; first < to; day++) {
      const end = Math.min(to, photos.dayStarts[day + 1] ?? to);
      let x = left;
      for (let photo = first; photo < end; photo++) {
        const width = (RATIOS[photos.steps[photo] ?? 0] ?? 0) * height;
        boxes.push({ photo, left: x, right: x + width, row });
        x += width + measures.gap;
      }
      left += dayWidth({ steps: photos.steps, from: first, to: end, height }, measures) + measures.dayGap;
      first = end;
    }
    return boxes;
  }).flat();
}

for (const width of [280, 390, 1200, 3000]) {
  test(`at a width of ${width} every photo has its place: in order, on the page, near the height of a row`, async () => {
    const { photos } = await opened(filesOf(await outlineOf(SOME)));
    const layout = layOut(photos, { ...MEASURES, width });
    const boxes = boxesOf(layout, photos);
    assert.deepEqual(
      boxes.map(({ photo }) => photo),
      SOME.map((_photo, index) => index),
    );
    assert.ok(boxes.every(({ right }) => right <= width + 0.01));
    for (let row = 0; row < layout.rows; row++) {
      const height = layout.heights[row] ?? 0;
      assert.ok(height <= MEASURES.rowHeight * 2.2 && height > 40, `row ${row}: ${height}`);
      const bottom = (layout.tops[row] ?? 0) + height + (layout.headed[row] === 1 ? MEASURES.heading : 0);
      assert.ok(bottom <= (layout.tops[row + 1] ?? 0));
      assert.equal(rowAt(layout, (layout.tops[row] ?? 0) + 1), row);
      assert.equal(rowOf(layout, layout.firsts[row] ?? 0), row);
    }
    assert.equal(layout.tops[layout.rows], layout.height);
    // Every day is named above its first photo.
    for (const [day, first] of [...photos.dayStarts].slice(0, -1).entries()) {
      assert.equal(layout.headed[rowOf(layout, first)], 1, photos.days[day]);
    }
  });
}

test("inside a long day rows end where the page ends", async () => {
  const { photos } = await opened(filesOf(await outlineOf(photosOf("2024-05-17", 300, 0))));
  const layout = layOut(photos, MEASURES);
  const boxes = boxesOf(layout, photos);
  for (let row = 0; row < layout.rows - 1; row++) {
    const right = Math.max(...boxes.filter((box) => box.row === row).map((box) => box.right));
    assert.ok(Math.abs(right - MEASURES.width) < 0.5, `row ${row} ends at ${right}`);
  }
});

test("a gallery without photos has a timeline without rows", async () => {
  const { photos } = await opened(filesOf(emptyOutline()));
  const layout = layOut(photos, MEASURES);
  assert.deepEqual([photos.count, layout.rows, layout.height], [0, 0, 0]);
});
