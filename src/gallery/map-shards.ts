/** The places of the map, gathered where they would cover each other: worked out here, so that browsers need not. */
import type { SpotTiles } from "./counted-places.ts";
import {
  FIRST_LEVELS,
  LAST_LEVEL,
  leastOf,
  type MapManifest,
  type MapPiece,
  project,
  squareOf,
  WORLD,
} from "./map-pieces.ts";
import { codeOf, directory, shard } from "./shard.ts";
import type { StyleFile } from "./style-file.ts";

/** By which the script knows it, and its name. */
const DIRECTORY = "map";
/** So many are told in one piece. */
const FEW = 500;
/** Places nearer to each other than this are shown as one; pixels. */
const APART = 60;

interface Marker {
  readonly spot: SpotTiles["spot"];
  readonly x: number;
  readonly y: number;
  /** Photos and places that it stands for at the level that is being made. */
  photos: number;
  places: number;
  /** By level. */
  readonly stands: (readonly [number, number])[];
  level: number;
}

/** Every piece once, and what names them all last. */
export function* mapShards(spots: readonly SpotTiles[]): Generator<StyleFile> {
  const markers = markersOf(spots);
  const isFirst = ({ level }: Marker): boolean => markers.length <= FEW || level <= FIRST_LEVELS;
  const squares: [string, string][] = [];
  const rest = Map.groupBy(
    markers.filter((marker) => !isFirst(marker)),
    ({ x, y }) => squareOf(x, y),
  );
  for (const [square, own] of [...rest].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const file = shard(`g/${square}`, pieceOf(own));
    squares.push([square, codeOf(file)]);
    yield file;
  }
  yield directory(DIRECTORY, { ...pieceOf(markers.filter(isFirst)), box: boxOf(spots), squares } satisfies MapManifest);
}

function boxOf(spots: readonly SpotTiles[]): MapManifest["box"] {
  let [south, west, north, east] = [90, 180, -90, -180];
  for (const { latitude, longitude } of spots.map(({ spot }) => spot)) {
    [south, north] = [Math.min(south, latitude), Math.max(north, latitude)];
    [west, east] = [Math.min(west, longitude), Math.max(east, longitude)];
  }
  return [hundredths(south), hundredths(west), hundredths(north), hundredths(east)];
}

function hundredths(degrees: number): number {
  return Math.round(degrees * 100);
}

/** From the largest map to the smallest: those with more photos stay and take in who is near. */
function markersOf(spots: readonly SpotTiles[]): readonly Marker[] {
  const markers = spots.map(({ spot, tiles }): Marker => {
    const at = project(spot.latitude, spot.longitude);
    return { spot, ...at, photos: tiles.length, places: 1, stands: [], level: LAST_LEVEL };
  });
  let seen = markers;
  for (let level = LAST_LEVEL; level >= 0; level--) {
    if (level < LAST_LEVEL) seen = gathered(seen, APART / (WORLD * 2 ** level));
    for (const marker of seen) {
      marker.level = level;
      marker.stands[level] = [leastOf(marker.photos), marker.places - 1];
    }
  }
  return markers;
}

/** Who stays when no two may be nearer to each other than `apart`, in units of the world. */
function gathered(markers: readonly Marker[], apart: number): Marker[] {
  const grid = new Map<string, Marker[]>();
  const cellOf = ({ x, y }: Marker): [number, number] => [Math.floor(x / apart), Math.floor(y / apart)];
  const staying: Marker[] = [];
  // By steps, so that one photo more seldom changes who comes first.
  const order = markers
    .map((marker) => ({ marker, rank: leastOf(marker.photos) }))
    .sort((a, b) => b.rank - a.rank || (a.marker.spot.id < b.marker.spot.id ? -1 : 1));
  for (const { marker } of order) {
    const [column, row] = cellOf(marker);
    const host = nearestOf(marker, around(column, row), apart);
    if (host !== undefined) {
      host.photos += marker.photos;
      host.places += marker.places;
      continue;
    }
    staying.push(marker);
    const key = `${column},${row}`;
    const cell = grid.get(key);
    if (cell === undefined) grid.set(key, [marker]);
    else cell.push(marker);
  }
  return staying;

  function around(column: number, row: number): Marker[] {
    return [-1, 0, 1].flatMap((right) =>
      [-1, 0, 1].flatMap((down) => grid.get(`${column + right},${row + down}`) ?? []),
    );
  }
}

function nearestOf(marker: Marker, others: readonly Marker[], apart: number): Marker | undefined {
  let nearest: { readonly other: Marker; readonly distance: number } | undefined;
  for (const other of others) {
    const distance = Math.hypot(other.x - marker.x, other.y - marker.y);
    if (distance < apart && (nearest === undefined || distance < nearest.distance)) nearest = { other, distance };
  }
  return nearest?.other;
}

function pieceOf(markers: readonly Marker[]): MapPiece {
  return {
    names: markers.map(({ spot }) => spot.name),
    ids: markers.map(({ spot }) => spot.id),
    latitudes: markers.map(({ spot }) => hundredths(spot.latitude)),
    longitudes: markers.map(({ spot }) => hundredths(spot.longitude)),
    levels: markers.map(({ level }) => level),
    stands: markers.map(({ stands, level }) => {
      const own = stands.slice(level);
      // The last one holds for all further levels.
      while (own.length > 1 && String(own.at(-1)) === String(own.at(-2))) own.pop();
      return own;
    }),
  };
}
