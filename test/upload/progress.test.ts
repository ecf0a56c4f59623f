import assert from "node:assert/strict";
import { test } from "node:test";
import { ProgressView } from "../../src/upload/progress.ts";
import type { Found } from "../../src/upload/entry.ts";
import type { SoFar } from "../../src/upload/tally.ts";
import { durationText, oneLine, sizeText } from "../../src/upload/text.ts";
import { stoppedClock } from "../support/clock.ts";

function photo(path: string, bytes: number): Found {
  return {
    path,
    folder: "/",
    name: path,
    kind: "image",
    bytes,
    modified: 0,
    inode: 0,
    sidecars: [],
    partners: [],
    below: [],
  };
}

function all(found: number, foundBytes: number): SoFar {
  return { ended: 0, found, endedBytes: 0, foundBytes, isWhole: true };
}

function halfWay(): ProgressView {
  const clock = stoppedClock();
  const view = new ProgressView(clock.now);
  const photos = [1, 2, 3, 4].map((n) => photo(`2024/a-long-folder-name/of-a-trip/IMG_000${n}.jpg`, 5_000_000));
  const [first, second, third] = photos as [Found, Found, Found];
  view.surveyed(all(4, 20_000_000));
  view.frame(80);
  view.reading(first);
  view.moved(first, 5_000_000);
  view.ended(first, false);
  view.moved(second, 2_500_000);
  view.reading(third);
  clock.advance(3000);
  return view;
}

test("as long as more is being found, the totals say so and no time is foretold", () => {
  const clock = stoppedClock();
  const view = new ProgressView(clock.now);
  view.surveyed({ ...all(123, 5_000_000), isWhole: false });
  view.frame(80);
  view.moved(photo("1.jpg", 5_000_000), 1_000_000);
  clock.advance(1000);
  assert.equal(view.frame(80).title, "0 of 123+ · 1.0 MB of 5.0 MB+ · 1.0 MB/s");
});

test("80 columns show photos, bytes, rate, time left and each photo under way", () => {
  assert.deepEqual(halfWay().frame(80), {
    title: "1 of 4 · 7.5 MB of 20 MB · 2.5 MB/s · 5 s left",
    lines: [
      "50 % of 5.0 MB   2024/a-long-folder-name/of-a-trip/IMG_0002.jpg",
      "reading 5.0 MB   2024/a-long-folder-name/of-a-trip/IMG_0003.jpg",
    ],
  });
});

test("40 columns show less, and the end of each path", () => {
  const { title, lines } = halfWay().frame(40);
  assert.equal(title, "1 of 4 · 37 % · 5 s left");
  assert.deepEqual(lines, ["50 % of 5.0 MB   …rip/IMG_0002.jpg", "reading 5.0 MB   …rip/IMG_0003.jpg"]);
  for (let columns = 1; columns < 100; columns++) {
    const frame = halfWay().frame(columns);
    for (const line of frame.lines) assert.ok(line.length <= Math.max(columns - 6, 19), `${columns}: ${line}`);
  }
});

test("failures are counted in the title, and a photo that is sent again starts again", () => {
  const clock = stoppedClock();
  const view = new ProgressView(clock.now);
  const [one, two] = [photo("1.jpg", 1000), photo("2.jpg", 1000)];
  view.surveyed(all(2, 2000));
  view.moved(one, 900);
  view.ended(one, true);
  view.moved(two, 900);
  view.moved(two, 100);
  assert.deepEqual(view.frame(80), {
    title: "1 of 2 · 1.1 kB of 2.0 kB · 1 failed",
    lines: ["10 % of 1.0 kB   2.jpg"],
  });
});

test("a wait takes the place of the numbers until it is over", () => {
  const view = halfWay();
  view.says("Trying again in 4 s", "Cannot reach http://x: connection refused.");
  assert.deepEqual(view.frame(80), {
    title: "Trying again in 4 s",
    lines: ["Cannot reach http://x: connection refused."],
  });
  view.says();
  assert.match(view.frame(80).title, /^1 of 4/);
});

test("the rate is that of the last seconds, not of the whole run", () => {
  const clock = stoppedClock();
  const view = new ProgressView(clock.now);
  const film = photo("film.mov", 1_000_000_000);
  view.surveyed(all(1, film.bytes));
  let sent = 0;
  const send = (seconds: number, rate: number): void => {
    for (let n = 0; n < seconds; n++) {
      view.moved(film, (sent += rate));
      clock.advance(1000);
      view.frame(80);
    }
  };
  send(60, 1_000_000);
  send(20, 8_000_000);
  assert.match(view.frame(80).title, / · 8\.0 MB\/s · 1 min 38 s left$/);
});

test("sizes and durations are short, whatever their size", () => {
  assert.deepEqual([0, 999, 1000, 9949, 9999, 999_499, 999_500, 5_123_456, 1.5e12, 2e15].map(sizeText), [
    "0 B",
    "999 B",
    "1.0 kB",
    "9.9 kB",
    "10 kB",
    "999 kB",
    "1.0 MB",
    "5.1 MB",
    "1.5 TB",
    "2000 TB",
  ]);
  assert.deepEqual([0, 59.4, 60, 3599, 3600, 100_000].map(durationText), [
    "0 s",
    "59 s",
    "1 min 0 s",
    "59 min 59 s",
    "1 h 0 min",
    "27 h 47 min",
  ]);
});

test("a name cannot colour the terminal, move the cursor or turn the text around", () => {
  assert.equal(oneLine("a\u001b[31mb\u0007\u202Ec\nd\u200F"), "a\uFFFD[31mb\uFFFD\uFFFDc d\uFFFD");
  assert.equal(oneLine("x".repeat(400)).length, 300);
});
