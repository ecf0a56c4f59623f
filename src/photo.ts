/** The nouns of photolog. This file imports nothing: every other part may know these. */

/** SHA-256 of a file's bytes, 64 lower-case hex digits. Two photos are the same photo exactly when these are equal. */
export type Checksum = string;

/**
 * The short name of a photo in the API and on the command line: the first 12 hex digits of its checksum,
 * or as many more as are needed to tell it from an older photo. Decided once.
 */
export type PhotoKey = string;

export type Kind = "image" | "raw" | "video";

/** Every place a photo can have to reach, in the order in which they are shown. */
export const DESTINATIONS = ["archive", "renditions", "flickr", "gphotos"] as const;
export type DestinationName = (typeof DESTINATIONS)[number];

/** The destinations that are somebody else's service; a person may skip each. */
export const SERVICES = ["flickr", "gphotos"] as const satisfies readonly DestinationName[];
export type ServiceName = (typeof SERVICES)[number];

export interface Photo {
  /** Order of arrival; never shown to people. */
  readonly id: number;
  readonly key: PhotoKey;
  readonly sha256: Checksum;
  /** Lower-case hex; known once somebody had to read all bytes a second time (see `GET /photos/verify/`). */
  readonly md5?: string;
  readonly bytes: number;
  /** As the client named it. Only ever data: never a path. May be empty. */
  readonly filename: string;
  /** Decided by the content, e.g. `image/jpeg`. */
  readonly mime: string;
  /** Of the content, without a dot, lower case, e.g. `jpg`. */
  readonly extension: string;
  readonly kind: Kind;
  /** Milliseconds since the epoch. */
  readonly receivedAt: number;
  /** `YYYY-MM-DD`, given by the user for files that carry no date of their own. */
  readonly targetDate?: string;
  readonly tags: readonly string[];
  /** Undefined until a step has read the file. */
  readonly facts?: Facts;
  /** Key of the original in the archive, decided once, before its bytes are put there. */
  readonly blobKey?: string;
  /** Name of the accepted file in the spool; undefined after `release`. */
  readonly spoolName?: string;
  readonly sidecars: readonly Sidecar[];
  /** Titles of the albums that a person wants it in. */
  readonly albums: readonly string[];
  readonly related: readonly Relation[];
  /** Undefined until its renditions are made. */
  readonly impression?: Impression;
  /** When its file was last written to on the client's disk, milliseconds since the epoch. */
  readonly modifiedAt?: number;
}

/** `live`: film and still of one Live Photo. `raw`: RAW file and picture of one shot. */
export const RELATIONS = ["live", "raw"] as const;
export type RelationName = (typeof RELATIONS)[number];

/** Another photo that this one belongs to; told by its checksum, for it may arrive later. */
export interface Relation {
  readonly relation: RelationName;
  readonly sha256: Checksum;
}

export interface Sidecar {
  readonly filename: string;
  readonly sha256: Checksum;
  readonly bytes: number;
  /** Undefined after `release`. */
  readonly spoolName?: string;
  /** Undefined until the archive step has put it beside the original. */
  readonly blobKey?: string;
}

/** What a file says of itself. Everything is optional: broken metadata never stops a photo. */
export interface Facts {
  readonly taken?: TakenAt;
  /** Pixels as shown, after orientation. */
  readonly width?: number;
  readonly height?: number;
  /** EXIF orientation 1 to 8; absent means 1. */
  readonly orientation?: number;
  readonly camera?: { readonly make?: string; readonly model?: string };
  readonly lens?: string;
  readonly exposure?: Exposure;
  readonly place?: Place;
  /** 1 to 5 stars; -1: rejected. */
  readonly rating?: number;
  /** Become tags of the photo. */
  readonly keywords?: readonly string[];
  readonly title?: string;
  readonly description?: string;
  /** Of films; seconds. */
  readonly duration?: number;
  /** By which Apple's phones pair still and film of a Live Photo. */
  readonly contentId?: string;
  /** The short film that a phone put behind a picture in the same file: where it begins, and how many bytes it has. */
  readonly motion?: { readonly offset: number; readonly length: number };
}

export interface TakenAt {
  /** Wall-clock time where the photo was taken, `YYYY-MM-DDTHH:MM:SS` with an optional fraction. */
  readonly local: string;
  /** `+HH:MM` or `-HH:MM` where the file says so. */
  readonly offset?: string;
  /** Where that stands. */
  readonly source:
    | "exif"
    | "xmp"
    | "iptc"
    | "quicktime"
    | "matroska"
    | "riff"
    | "sidecar"
    | "file_name"
    | "target_date";
}

export interface Exposure {
  /** Seconds. */
  readonly time?: number;
  readonly fNumber?: number;
  readonly iso?: number;
  /** Millimetres, as written on the lens. */
  readonly focalLength?: number;
}

/** WGS 84, degrees and metres. */
export interface Place {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
}

export type RenditionName = "grid" | "view";

/** A stored smaller form of a photo, made by the pipeline; carries no EXIF and no place. */
export interface Rendition {
  readonly name: RenditionName;
  readonly blobKey: string;
  readonly mime: string;
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly sha256: Checksum;
}

/** How a photo looks at a glance. */
export interface Impression {
  /** ThumbHash, base64: about 25 bytes that unfold into a blurred picture. */
  readonly placeholder: string;
  /** `#rrggbb`. */
  readonly colour: string;
}

/** A destination's word that it keeps its copy. */
export interface Receipt {
  /** The destination's own id of its copy. */
  readonly id: string;
  /** Where a person can look at it. */
  readonly url?: string;
}

/** The accepted bytes of a photo, wherever they are kept at this moment. */
export interface Original {
  readonly bytes: number;
  readonly sha256: Checksum;
  /** A local file with exactly these bytes. */
  readonly path: string;
}

/**
 * The calendar day a photo belongs to, `YYYY-MM-DD`: local day when taken, else the day given, else the UTC day on which its file was
 * last written to, else that on which it was received.
 */
export function dayOf(photo: Pick<Photo, "facts" | "targetDate" | "modifiedAt" | "receivedAt">): string {
  const { facts, targetDate, modifiedAt, receivedAt } = photo;
  return (
    facts?.taken?.local.slice(0, 10) ??
    targetDate ??
    dayUtc(isPlausible(modifiedAt, receivedAt) ? modifiedAt : receivedAt)
  );
}

/** Of a clock that was set, and not of the future. */
export function isPlausible(modifiedAt: number | undefined, receivedAt: number): modifiedAt is number {
  return modifiedAt !== undefined && modifiedAt > YEAR_1990 && modifiedAt <= receivedAt + 24 * 60 * 60_000;
}

const YEAR_1990 = Date.UTC(1990, 0, 1);

function dayUtc(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
