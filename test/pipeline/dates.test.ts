import assert from "node:assert/strict";
import { test } from "node:test";
import type { NewPhoto } from "../../src/catalog.ts";
import { archive } from "../../src/pipeline/archive.ts";
import { dayOf, type Photo } from "../../src/photo.ts";
import { openPipeline } from "../support/open-pipeline.ts";
import { picture } from "../support/pictures.ts";

const XMP = (date: string) =>
  Buffer.from(
    `<rdf:Description exif:DateTimeOriginal="${date}"><dc:subject><rdf:Bag><rdf:li>sea</rdf:li></rdf:Bag></dc:subject></rdf:Description>`,
  );

/** A photo that has been archived, with what is known of it then. */
async function archived(given: { taken?: string; sidecar?: Buffer } & Partial<NewPhoto>): Promise<Photo> {
  const { catalog, spool, parts, run } = await openPipeline();
  const { taken, sidecar, ...more } = given;
  const keep = async (bytes: Buffer) => {
    const incoming = await spool.receive();
    await incoming.write(bytes);
    const { name: spoolName, sha256, bytes: size } = await incoming.finish();
    await incoming.keep();
    return { spoolName, sha256, bytes: size };
  };
  const bytes = await picture({ seed: 1, ...(taken === undefined ? {} : { taken }) });
  const sidecars = sidecar === undefined ? [] : [{ filename: "x.xmp", ...(await keep(sidecar)) }];
  const { photo } = await catalog.add(
    {
      ...(await keep(bytes)),
      filename: "DSC1.JPG",
      mime: "image/jpeg",
      extension: "jpg",
      kind: "image",
      receivedAt: Date.UTC(2026, 10, 1),
      tags: [],
      sidecars,
      ...more,
    },
    [
      { step: "archive", state: "queued" },
      { step: "release", state: "blocked" },
    ],
    (name) => spool.has(name),
  );
  await run(archive(parts));
  const found = await catalog.findById(photo.id);
  assert.ok(found);
  return found;
}

test("a photo's day is told by the file, else the sidecar, else the name, else the person, else the disk, else the clock", async () => {
  const all = {
    taken: "2024:05:17 10:00:00",
    sidecar: XMP("2023-04-16T10:00:00"),
    filename: "IMG_20220315_101112.jpg",
    targetDate: "2021-02-14",
    modifiedAt: Date.UTC(2020, 0, 13),
  };
  const { taken: _, ...second } = all;
  const { sidecar: __, ...third } = second;
  const { filename: ___, ...fourth } = third;
  const { targetDate: ____, ...fifth } = fourth;
  const steps = [
    [all, "2024-05-17", "exif"],
    [second, "2023-04-16", "sidecar"],
    [third, "2022-03-15", "file_name"],
    [fourth, "2021-02-14", undefined],
    [fifth, "2020-01-13", undefined],
    [{}, "2026-11-01", undefined],
  ] as const;
  for (const [given, day, source] of steps) {
    const photo = await archived(given);
    assert.equal(dayOf(photo), day);
    assert.equal(photo.facts?.taken?.source, source);
    assert.ok(photo.blobKey?.startsWith(`originals/${day.replaceAll("-", "/")}/`), photo.blobKey);
  }
});

test("a date that cannot be gives way to the next one", async () => {
  const filename = "IMG_20220315_101112.jpg";
  for (const taken of ["0000:00:00 00:00:00", "1970:01:01 00:00:00", "2099:08:12 19:59:29"]) {
    assert.equal(dayOf(await archived({ taken, filename })), "2022-03-15", taken);
  }
  assert.equal(dayOf(await archived({ modifiedAt: 0 })), "2026-11-01");
  assert.equal(dayOf(await archived({ modifiedAt: Date.UTC(2030, 0, 1) })), "2026-11-01");
});

test("keywords become tags of the photo", async () => {
  assert.deepEqual((await archived({ sidecar: XMP("2023-04-16T10:00:00"), tags: ["sun"] })).tags, ["sea", "sun"]);
});
