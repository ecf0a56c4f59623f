/** A HEIC image sequence for tests. */
import { TILE, configurationOf, sliceOf } from "./hevc-tile.ts";
import { box, brandsOf, full, join, text, u16, u32 } from "./iso-boxes.ts";

/** An image sequence (a film of stills) without a still of its own. */
export function heicSequence(): Buffer {
  const sample = sliceOf(8);
  const ftyp = brandsOf(["hevc", "msf1", "hevc"]);
  const entry = box(
    "hvc1",
    new Uint8Array(6),
    u16(1),
    new Uint8Array(16),
    u16(TILE),
    u16(TILE),
    u32(0x480000),
    u32(0x480000),
    u32(0),
    u16(1),
    new Uint8Array(32),
    u16(24),
    u16(0xffff),
    box("hvcC", configurationOf(8)),
    full("ccst", u32(0x7c000000)),
  );
  const matrix = [0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000].map(u32);
  const movieWith = (mediaAt: number) =>
    box(
      "moov",
      full(
        "mvhd",
        u32(0),
        u32(0),
        u32(10),
        u32(20),
        u32(0x10000),
        u16(0x100),
        new Uint8Array(10),
        ...matrix,
        new Uint8Array(24),
        u32(2),
      ),
      box(
        "trak",
        box(
          "tkhd",
          [0, 0, 0, 7],
          u32(0),
          u32(0),
          u32(1),
          u32(0),
          u32(20),
          new Uint8Array(8),
          new Uint8Array(8),
          ...matrix,
          u32(TILE << 16),
          u32(TILE << 16),
        ),
        box(
          "mdia",
          full("mdhd", u32(0), u32(0), u32(10), u32(20), u16(0x55c4), u16(0)),
          full("hdlr", u32(0), text("pict"), u32(0), u32(0), u32(0), [0]),
          box(
            "minf",
            full("vmhd", new Uint8Array(8)),
            box("dinf", full("dref", u32(1), box("url ", [0, 0, 0, 1]))),
            box(
              "stbl",
              full("stsd", u32(1), entry),
              full("stts", u32(1), u32(2), u32(10)),
              full("stsc", u32(1), u32(1), u32(2), u32(1)),
              full("stsz", u32(sample.length), u32(2)),
              full("stco", u32(1), u32(mediaAt)),
              full("stss", u32(2), u32(1), u32(2)),
            ),
          ),
        ),
      ),
    );
  const mediaAt = ftyp.length + movieWith(0).length + 8;
  return join(ftyp, movieWith(mediaAt), box("mdat", sample, sample));
}
