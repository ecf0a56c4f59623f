import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Photo } from "../../../src/photo.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import type { FlickrServerOptions } from "../../support/flickr-server.ts";
import { openTestFlickr } from "../../support/open-flickr.ts";
import type { OpenedFlickr } from "../../support/open-flickr.ts";

const live = (): AbortSignal => AbortSignal.timeout(10_000);

async function using(body: (opened: OpenedFlickr) => Promise<void>): Promise<void> {
  const opened = await openTestFlickr();
  try {
    await body(opened);
  } finally {
    await opened.close();
  }
}

/** Delivers one such photo to a fresh Flickr and tells what it keeps. */
async function kept(given: Partial<Photo>, served: FlickrServerOptions = {}) {
  const opened = await openTestFlickr(served);
  try {
    const { photo, original } = await acceptPhoto(opened.folder, given);
    const receipt = await opened.flickr.deliver(photo, original, live());
    const [copy] = opened.server.photos;
    assert.ok(copy);
    return { photo, receipt, copy, calls: opened.server.requests.map(({ call }) => call), pauses: opened.pauses };
  } finally {
    await opened.close();
  }
}

describe("a photo on Flickr", () => {
  it("is private, whatever the account's default is", async () => {
    const { copy } = await kept({});
    assert.deepEqual([copy.fields["is_public"], copy.fields["is_friend"], copy.fields["is_family"]], ["0", "0", "0"]);
  });

  it("is called like its file, without the ending", async () => {
    assert.equal((await kept({ filename: "Las Vegas.2026.JPG" })).copy.fields["title"], "Las Vegas.2026");
    assert.equal((await kept({ filename: "" })).copy.fields["title"], "");
  });

  for (const [filename, title] of [
    ["two\nlines.jpg", "two\r\nlines"],
    ["two\rlines.jpg", "two\r\nlines"],
    ["two\r\nlines.jpg", "two\r\nlines"],
    ["half \ud83d.jpg", "half \uFFFD"],
    ["nul\0.jpg", "nul\uFFFD"],
  ] as const) {
    it(`is signed with the very title that is sent for ${JSON.stringify(filename)}`, async () => {
      assert.equal((await kept({ filename })).copy.fields["title"], title);
    });
  }

  it("is sent under a name of plain letters that keeps the ending of its content, never under a path", async () => {
    const names = new Map([
      ["../../etc/passwd", "etc_passwd.jpg"],
      ["📷 été.HEIC", "t_.jpg"],
      ["", "photo.jpg"],
      ['a"b\r\nc.jpg', "a_b_c.jpg"],
    ]);
    for (const [filename, sent] of names) {
      const { copy } = await kept({ filename });
      assert.equal(copy.filename, sent);
      assert.equal(copy.mime, "image/jpeg");
    }
    const { copy } = await kept({ filename: "00001.MTS", extension: "mts", mime: "video/mp2t", kind: "video" });
    assert.equal(copy.filename, "00001.mts");
  });

  it("carries its checksum and its tags, those of several words in one piece", async () => {
    const tags = [
      "vegas",
      "two words",
      'quo"ted',
      "comma, inside",
      "line\nbreak",
      " ",
      "vegas",
      "photolog:sha256=00ff",
    ];
    const { copy, photo } = await kept({ tags });
    assert.deepEqual(copy.tags, [
      `photolog:sha256=${photo.sha256}`,
      "vegas",
      "two words",
      "quo ted",
      "comma inside",
      "line break",
    ]);
  });

  it("has an address that a person can open", async () => {
    const { receipt } = await kept({});
    assert.equal(receipt.url, `https://www.flickr.com/photos/21207597@N07/${receipt.id}`);
  });
});

describe("the date of a photo on Flickr", () => {
  const taken = (source: "exif" | "target_date") => ({ taken: { local: "2026-02-03T04:05:06.789", source } });

  for (const [what, given, date] of [
    ["a picture that carries its own date", { facts: taken("exif") }, undefined],
    ["a picture of which nobody knows the date", {}, undefined],
    ["a picture with a date of ours", { facts: taken("target_date") }, "2026-02-03 04:05:06"],
    ["a picture with only a day of ours", { targetDate: "2001-12-31" }, "2001-12-31 00:00:00"],
    ["a film", { kind: "video", mime: "video/mp4", extension: "mp4", facts: taken("exif") }, "2026-02-03 04:05:06"],
  ] as const satisfies readonly (readonly [string, Partial<Photo>, string | undefined])[]) {
    it(`is ${date ? "told" : "left to Flickr"} for ${what}`, async () => {
      const { copy, calls } = await kept(given);
      assert.equal(copy.dateTaken, date);
      assert.equal(calls.includes("flickr.photos.setDates"), date !== undefined);
    });
  }

  it("is told again while Flickr does not know the photo yet", async () => {
    const { copy, calls, pauses } = await kept({ targetDate: "2001-12-31" }, { changeLag: 2 });
    assert.equal(copy.dateTaken, "2001-12-31 00:00:00");
    assert.deepEqual(calls, [
      "flickr.test.login",
      "upload",
      ...Array.from({ length: 3 }, () => "flickr.photos.setDates"),
    ]);
    assert.ok(pauses.every((ms) => ms >= 1000));
  });

  for (const [what, answer] of [
    ["Flickr never comes to know the photo", { fail: 1 }],
    ["the token lost its right", { fail: 99 }],
    ["Flickr breaks the connection", "reset"],
    ["Flickr is down", { status: 503 }],
    ["something else answers", { status: 200, body: "<html>" }],
  ] as const) {
    it(`is given up when ${what}, and the photo is delivered all the same, once`, () =>
      using(async ({ flickr, server, folder }) => {
        void server.fault({ when: "flickr.photos.setDates", times: 99, answer });
        const { photo, original } = await acceptPhoto(folder, { targetDate: "2001-12-31" });
        const receipt = await flickr.deliver(photo, original, live());
        assert.deepEqual(
          server.photos.map(({ id }) => id),
          [receipt.id],
        );
      }));
  }

  it("is left alone on a copy that was there before: a person may have dated it by hand", () =>
    using(async ({ flickr, server, folder }) => {
      const { photo, original } = await acceptPhoto(folder);
      await flickr.deliver(photo, original, live());
      await flickr.deliver({ ...photo, targetDate: "2001-12-31" }, original, live());
      assert.equal(server.photos[0]?.dateTaken, undefined);
    }));

  it("does not cost the receipt of a photo that Flickr keeps when photolog has to stop", () =>
    using(async ({ flickr, server, folder }) => {
      const stop = new AbortController();
      const asked = server.fault({ when: "flickr.photos.setDates", answer: "hang" });
      const { photo, original } = await acceptPhoto(folder, { targetDate: "2001-12-31" });
      const delivery = flickr.deliver(photo, original, stop.signal);
      await Promise.race([asked, delivery]);
      stop.abort();
      assert.equal((await delivery).id, server.photos[0]?.id);
    }));
});
