/** What a day's page tells of its photos to the viewer. */
import { addressAt, type DayFacts, textAt } from "../../src/gallery/day-facts.ts";

/** With nothing between its tags that could end it. */
export const DATA = /<script type="application\/json" id="facts">([^<]*)<\/script>/;

export interface Told {
  /** By their names. */
  readonly facts: Readonly<Record<string, string>>;
  readonly time: string;
  readonly offset: string;
  readonly note: string;
  readonly place: string;
  readonly coordinates: string;
  readonly sha256: string;
  readonly tags: readonly string[];
  readonly archive: string;
  /** Of the services that photos are meant to reach or have reached, by title; empty for those that have no copy. */
  readonly copies: Readonly<Record<string, string>>;
}

export function dayFactsOf(page: string): DayFacts {
  return JSON.parse(DATA.exec(page)?.[1] ?? "") as DayFacts;
}

/** Of the photo at this place of the page. */
export function toldOf(page: string, index: number): Told {
  const told = dayFactsOf(page);
  const facts = told.facts.map(([name, ...columns]) => [
    name,
    columns.map((one) => textAt(one, index)).join(" \u00b7 "),
  ]);
  const copies = told.copies.map(({ title, addresses }) => [title, addressAt(addresses, index)] as const);
  return {
    facts: Object.fromEntries(facts) as Record<string, string>,
    time: textAt(told.times, index),
    offset: textAt(told.offsets, index),
    note: textAt(told.notes, index),
    place: textAt(told.places.names, index),
    coordinates: textAt(told.places.coordinates, index),
    sha256: Buffer.from(textAt(told.sha256, index), "base64url").toString("hex"),
    tags: textAt(told.tagged, index)
      .split(" ")
      .filter((number) => number !== "")
      .map((number) => told.tags[Number(number)]?.[0] ?? ""),
    archive: addressAt(told.archive, index),
    copies: Object.fromEntries(copies.filter(([, address], at) => address !== "" || told.copies[at]?.isMeant)),
  };
}
