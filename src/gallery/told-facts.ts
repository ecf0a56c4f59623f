/** Everything that is known of the photos of a page, for the viewer to show. */
import type { ShownPhoto } from "../catalog.ts";
import { type Photo, type Receipt, SERVICES } from "../photo.ts";
import { addressesOf, type Column, columnOf, type DayFacts } from "./day-facts.ts";
import { linkFrom, unturned, webAddress } from "./html.ts";
import { SERVICE_TITLES } from "./kept.ts";
import type { SiteLook } from "./layout.ts";
import { placePath } from "./list-paths.ts";
import { isDated } from "./outline.ts";
import { originalPath } from "./site-paths.ts";
import { slugOf } from "./slug.ts";
import { hasTime, type OutlineDay } from "./tiles.ts";
import { cameraOf, durationOf, exposureOf, grouped, placeOf, roughlyAt, sizeOf, timeOf } from "./wording.ts";

const RECEIVED = "Day received; nobody knows when it was taken";

/** In the order in which they are told; what is told in several columns has more in common so. */
const FACTS: readonly (readonly [name: string, columns: number, (photo: Photo) => readonly (string | undefined)[]])[] =
  [
    ["Title", 1, ({ facts }) => [facts?.title]],
    ["Description", 1, ({ facts }) => [facts?.description]],
    ["Rating", 1, ({ facts }) => [ratingOf(facts?.rating)]],
    ["Length", 1, ({ facts }) => [facts?.duration === undefined ? undefined : durationOf(facts.duration)]],
    ["Camera", 1, ({ facts }) => [facts?.camera && cameraOf(facts.camera)]],
    ["Lens", 1, ({ facts }) => [facts?.lens]],
    ["Exposure", 4, ({ facts }) => (facts?.exposure === undefined ? [] : exposureOf(facts.exposure))],
    ["File", 1, ({ filename }) => [filename]],
    ["Size", 2, fileSize],
  ];

export function toldFacts(of: {
  readonly page: string;
  readonly look: SiteLook;
  readonly day: OutlineDay;
  readonly photos: readonly ShownPhoto[];
}): DayFacts {
  const { page, look, day, photos } = of;
  const column = (textOf: (shown: ShownPhoto) => string | undefined): Column | undefined =>
    columnOf(photos.map((shown) => unturned(textOf(shown) ?? "")));
  const tags = [...new Set(photos.flatMap(({ photo }) => photo.tags))];
  const tagNumbers = new Map(tags.map((tag, index) => [tag, index]));
  const times = photos.map(({ photo: { facts } }) => (facts?.taken && hasTime(facts.taken) ? facts.taken : undefined));
  return {
    day: day.day,
    root: linkFrom(page, ""),
    views: column(viewSize),
    times: columnOf(times.map((taken) => (taken === undefined ? "" : timeOf(taken)))),
    offsets: columnOf(times.map((taken) => taken?.offset ?? "")),
    notes: column((shown) => (isDated(shown) ? "" : RECEIVED)),
    facts: FACTS.flatMap(([name, count, textsOf]) => {
      const told = photos.map(({ photo }) => textsOf(photo));
      const columns = Array.from({ length: count }, (_, at) =>
        columnOf(told.map((texts) => unturned(texts[at] ?? ""))),
      );
      const filled = columns.filter((one) => one !== undefined);
      return filled.length === 0 ? [] : [[name, ...filled] as const];
    }),
    places: placesOf(photos, look),
    sha256: column(({ photo }) => Buffer.from(photo.sha256, "hex").toString("base64url")),
    tags: tags.map((tag) => [unturned(tag), slugOf(tag)]),
    tagged: column(({ photo }) => photo.tags.map((tag) => tagNumbers.get(tag)).join(" ")),
    archive: addressesOf(photos.map(({ photo }) => unturned(photo.blobKey ?? ""))),
    originals: look.originals === "linked" ? column(({ photo }) => originalPath(photo.key)) : undefined,
    copies: SERVICES.map((name) => ({
      title: SERVICE_TITLES[name],
      isMeant: look.services.includes(name),
      addresses: addressesOf(photos.map(({ receipts }) => copyAddress(receipts[name]))),
    })),
  };
}

function viewSize({ renditions }: ShownPhoto): string {
  const view = renditions.find(({ name }) => name === "view");
  const isSeen = view !== undefined && renditions.some(({ name }) => name === "grid");
  return isSeen ? `${view.width} ${view.height}` : "";
}

/** For everybody only about where; for the owner as the camera wrote it. */
function placesOf(photos: readonly ShownPhoto[], look: SiteLook): DayFacts["places"] {
  const { places } = look;
  if (places === undefined) return {};
  const known = photos.map(({ photo }) => photo.facts?.place);
  const spots = known.map((place) => place && places.spotOf(place));
  const exactly = look.public ? roughlyAt : placeOf;
  return {
    names: columnOf(spots.map((spot) => (spot === undefined ? "" : `${spot.name}, ${spot.country.name}`))),
    paths: columnOf(spots.map((spot) => (spot === undefined ? "" : placePath(spot.id)))),
    coordinates: columnOf(known.map((place) => (place === undefined ? "" : exactly(place)))),
  };
}

function ratingOf(rating: number | undefined): string | undefined {
  if (rating === undefined) return undefined;
  return rating < 0 ? "Rejected" : `${rating} of 5`;
}

/** `6.3 MB JPG`, `6,000 × 4,000`. */
function fileSize({ bytes, extension, facts: { width, height } = {} }: Photo): readonly (string | undefined)[] {
  const isKnown = width !== undefined && height !== undefined;
  return [
    `${sizeOf(bytes)} ${extension.toUpperCase()}`,
    isKnown ? `${grouped(width)} \u00d7 ${grouped(height)}` : undefined,
  ];
}

function copyAddress(receipt: Receipt | undefined): string {
  return receipt === undefined ? "" : (webAddress(receipt.url) ?? "-");
}
