/** What a day's page tells of its photos beside their pictures, as the site writes it and the viewer reads it. Runs in browsers too. */

/**
 * A text for each photo, or the number of the photo that has the same; one for all where they have the same. A column that nobody
 * fills is left out.
 */
export type Column = readonly (string | number)[];

/** Cut behind the last slash, as many have the beginning in common. */
export interface Addresses {
  readonly folders?: Column | undefined;
  readonly names?: Column | undefined;
}

/** Columns are in the order of the photos on the page. */
export interface DayFacts {
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** From the page to the root of the site: `../../../`. */
  readonly root: string;
  /** Of the large picture, `2048 1365`; empty where there is none. */
  readonly views?: Column | undefined;
  /** `14:02:13`, and `+02:00`. */
  readonly times?: Column | undefined;
  readonly offsets?: Column | undefined;
  /** Said beside the day. */
  readonly notes?: Column | undefined;
  /** With their names, in the order in which they are told; what is in several columns is told with dots between. */
  readonly facts: readonly (readonly [name: string, ...Column[]])[];
  /** `Lyon, France`, the page of its photos, and where exactly. */
  readonly places: {
    readonly names?: Column | undefined;
    readonly paths?: Column | undefined;
    readonly coordinates?: Column | undefined;
  };
  /** 43 characters of base64url. */
  readonly sha256?: Column | undefined;
  /** Names and slugs of all tags, and `0 3` for those that a photo has. */
  readonly tags: readonly (readonly [name: string, slug: string])[];
  readonly tagged?: Column | undefined;
  /** Keys in the archive, and paths of the originals where the site offers them. */
  readonly archive: Addresses;
  readonly originals?: Column | undefined;
  readonly copies: readonly {
    /** `Google Photos`. */
    readonly title: string;
    /** Photos are meant to have a copy there. */
    readonly isMeant: boolean;
    /** Of the copies; of those that have no address, a hyphen. */
    readonly addresses: Addresses;
  }[];
}

export function columnOf(texts: readonly string[]): Column | undefined {
  if (texts.every((text) => text === "")) return undefined;
  if (texts.every((text) => text === texts[0])) return texts.slice(0, 1);
  const first = new Map<string, number>();
  return texts.map((text, index) => {
    const known = first.get(text);
    if (known === undefined) first.set(text, index);
    return known === undefined || text === "" ? text : known;
  });
}

/** Of one photo; empty where nothing is known. */
export function textAt(column: Column | undefined, index: number): string {
  const told = column?.[column.length === 1 ? 0 : index] ?? "";
  return typeof told === "number" ? String(column?.[told] ?? "") : told;
}

export function addressesOf(addresses: readonly string[]): Addresses {
  const cut = addresses.map((address) => address.lastIndexOf("/") + 1);
  return {
    folders: columnOf(addresses.map((address, index) => address.slice(0, cut[index]))),
    names: columnOf(addresses.map((address, index) => address.slice(cut[index]))),
  };
}

export function addressAt({ folders, names }: Addresses, index: number): string {
  return textAt(folders, index) + textAt(names, index);
}
