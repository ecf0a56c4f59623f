/** HEIC pictures for tests: tiles of HEVC, put together as ISO/IEC 23008-12 says. */
import { configurationOf, sliceOf, TILE } from "./hevc-tile.ts";
import { box, brandsOf, full, join, text, u16, u32 } from "./iso-boxes.ts";

interface Heic {
  /** A grid of the same tile; without it the picture is the tile itself. */
  readonly grid?: { readonly columns: number; readonly rows: number; readonly width: number; readonly height: number };
  readonly bits?: 8 | 10;
  readonly alpha?: boolean;
  /** Quarter turns, counter-clockwise. */
  readonly turns?: 0 | 1 | 2 | 3;
  /** Mirrored after the turn: 0 swaps top and bottom, 1 left and right. */
  readonly mirror?: 0 | 1;
  readonly icc?: Uint8Array;
  readonly primaries?: { readonly primaries: number; readonly transfer: number };
  readonly brands?: readonly [major: string, ...compatible: string[]];
}

const [MAIN, ALPHA, FIRST_TILE] = [1, 2, 10];

interface Entry {
  readonly id: number;
  readonly type: "hvc1" | "grid";
  readonly hidden?: boolean;
  readonly bytes: Buffer;
  readonly properties: readonly Buffer[];
}

export function heic(given: Heic = {}): Buffer {
  const coded = [full("ispe", u32(TILE), u32(TILE)), box("hvcC", configurationOf(given.bits ?? 8))];
  const tile = sliceOf(given.bits ?? 8);
  const shown = [...coloursOf(given), ...transformationsOf(given)];
  const tiles = Array.from({ length: given.grid ? given.grid.columns * given.grid.rows : 0 }, (_, index) => ({
    id: FIRST_TILE + index,
    type: "hvc1" as const,
    hidden: true,
    bytes: tile,
    properties: coded,
  }));
  const { width, height } = given.grid ?? { width: TILE, height: TILE };
  const main: Entry = given.grid
    ? {
        id: MAIN,
        type: "grid",
        bytes: gridOf(given.grid),
        properties: [full("ispe", u32(width), u32(height)), ...shown],
      }
    : { id: MAIN, type: "hvc1", bytes: tile, properties: [...coded, ...shown] };
  const alpha: Entry = {
    id: ALPHA,
    type: "hvc1",
    bytes: sliceOf("alpha"),
    properties: [
      full("ispe", u32(TILE), u32(TILE)),
      box("hvcC", configurationOf("alpha")),
      full("auxC", text("urn:mpeg:hevc:2015:auxid:1\0")),
    ],
  };
  const references = [
    ...(tiles.length === 0 ? [] : [box("dimg", u16(MAIN), u16(tiles.length), ...tiles.map(({ id }) => u16(id)))]),
    ...(given.alpha ? [box("auxl", u16(ALPHA), u16(1), u16(MAIN))] : []),
  ];
  return fileOf([main, ...(given.alpha ? [alpha] : []), ...tiles], {
    references,
    brands: given.brands ?? ["heic", "mif1", "heic"],
  });
}

function coloursOf({ icc, primaries }: Heic): readonly Buffer[] {
  if (icc !== undefined) return [box("colr", text("prof"), icc)];
  if (primaries === undefined) return [];
  return [box("colr", text("nclx"), u16(primaries.primaries), u16(primaries.transfer), u16(1), [0x80])];
}

function transformationsOf({ turns, mirror }: Heic): readonly Buffer[] {
  return [
    ...(turns === undefined ? [] : [box("irot", [turns])]),
    ...(mirror === undefined ? [] : [box("imir", [mirror])]),
  ];
}

/** Entries with the same bytes share them, and the same properties too. */
function fileOf(
  entries: readonly Entry[],
  given: { readonly references: readonly Buffer[]; readonly brands: readonly string[] },
): Buffer {
  const stored = [...new Set(entries.map(({ bytes }) => bytes))];
  const properties = [...new Set(entries.flatMap((entry) => entry.properties))];
  const ftyp = brandsOf(given.brands);
  const metaWith = (mediaAt: number) => {
    const placeOf = (bytes: Buffer) => mediaAt + join(...stored.slice(0, stored.indexOf(bytes))).length;
    return full(
      "meta",
      full("hdlr", u32(0), text("pict"), u32(0), u32(0), u32(0), [0]),
      full("pitm", u16(MAIN)),
      full(
        "iloc",
        [0x44, 0],
        u16(entries.length),
        ...entries.map(({ id, bytes }) => join(u16(id), u16(0), u16(1), u32(placeOf(bytes)), u32(bytes.length))),
      ),
      full(
        "iinf",
        u16(entries.length),
        ...entries.map(({ id, type, hidden }) =>
          box("infe", [2, 0, 0, hidden === true ? 1 : 0], u16(id), u16(0), text(type), [0]),
        ),
      ),
      ...(given.references.length === 0 ? [] : [full("iref", ...given.references)]),
      box(
        "iprp",
        box("ipco", ...properties),
        full(
          "ipma",
          u32(entries.length),
          ...entries.map((entry) =>
            join(
              u16(entry.id),
              [entry.properties.length],
              entry.properties.map((property) => (properties.indexOf(property) + 1) | 0x80),
            ),
          ),
        ),
      ),
    );
  };
  const mediaAt = ftyp.length + metaWith(0).length + 8;
  return join(ftyp, metaWith(mediaAt), box("mdat", ...stored));
}

/** The derivation of ISO/IEC 23008-12, 6.6.2.3.2. */
function gridOf({ columns, rows, width, height }: NonNullable<Heic["grid"]>): Buffer {
  const large = width > 0xffff || height > 0xffff;
  return join(
    [0, large ? 1 : 0, rows - 1, columns - 1],
    large ? u32(width) : u16(width),
    large ? u32(height) : u16(height),
  );
}
