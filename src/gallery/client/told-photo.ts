/** What is known of a photo, as the viewer shows it: nothing of it is ever taken for markup. */
import { addressAt, type DayFacts, textAt } from "../day-facts.ts";
import { dayTitle, zoneOf } from "../wording.ts";
import { element } from "./loading.ts";

/** The parts of the panel beside the photo at this place of the page. */
export function toldPhoto(told: DayFacts, index: number): HTMLElement[] {
  return [momentOf(told, index), factsOf(told, index), element("h3", "", "Kept in"), copiesOf(told, index)];
}

/** Bytes of base64url as hexadecimal digits. */
function hexOf(base64url: string): string {
  const bytes = atob(base64url.replace(/-/g, "+").replace(/_/g, "/"));
  return [...bytes].map((byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function momentOf({ day, times, offsets, notes }: DayFacts, index: number): HTMLElement {
  const [time, offset, note] = [textAt(times, index), textAt(offsets, index), textAt(notes, index)];
  const moment = element("time", "", time === "" ? dayTitle(day) : `${dayTitle(day)}, ${time}`);
  moment.setAttribute("datetime", time === "" ? day : `${day}T${time}${offset}`);
  const heading = element("h2");
  heading.append(moment);
  const beside = note === "" && offset !== "" ? zoneOf(offset) : note;
  if (beside !== "") heading.append(element("small", "", beside));
  return heading;
}

function factsOf(told: DayFacts, index: number): HTMLElement {
  const list = element("dl");
  const add = (name: string, className: string, ...values: readonly HTMLElement[]): void => {
    const value = element("dd", className);
    value.append(...values);
    list.append(element("dt", "", name), value);
  };
  for (const [name, ...columns] of told.facts) {
    const texts = columns.map((column) => textAt(column, index)).filter((text) => text !== "");
    const text = texts.join(" \u00b7 ");
    if (text !== "") add(name, "", element("bdi", "", text));
  }
  const { names, paths, coordinates } = told.places;
  const place = textAt(names, index);
  if (place !== "") {
    const link = linkTo(told.root + textAt(paths, index), place);
    add("Place", "where", link, element("small", "", textAt(coordinates, index)));
  }
  add("SHA-256", "", element("code", "", hexOf(textAt(told.sha256, index))));
  const tags = textAt(told.tagged, index);
  if (tags !== "") {
    const links = tags.split(" ").map((number) => {
      const [name, slug] = told.tags[Number(number)] ?? ["", ""];
      return linkTo(`${told.root}tags/${slug}/index.html`, name);
    });
    add("Tags", "tags", ...links);
  }
  return list;
}

function copiesOf(told: DayFacts, index: number): HTMLElement {
  const list = element("ul", "copies");
  const archive = element("li");
  const key = element("code");
  key.append(element("bdi", "", addressAt(told.archive, index)));
  archive.append(element("b", "", "Archive"), " ");
  const original = textAt(told.originals, index);
  if (original !== "") {
    const link = linkTo(told.root + original, "Original");
    link.setAttribute("download", fileName(told, index));
    archive.append(link, " ");
  }
  archive.append(key);
  list.append(archive);
  for (const { title, isMeant, addresses } of told.copies) {
    const address = addressAt(addresses, index);
    if (address === "" && !isMeant) continue;
    const copy = element("li", address === "" ? "none" : "");
    if (address === "") copy.append(`Not on ${title}`);
    else copy.append(address === "-" ? element("b", "", title) : linkTo(address, title));
    list.append(copy);
  }
  return list;
}

function fileName({ facts }: DayFacts, index: number): string {
  return textAt(facts.find(([name]) => name === "File")?.[1], index);
}

function linkTo(href: string, text: string): HTMLElement {
  const link = element("a");
  link.setAttribute("href", href);
  link.append(element("bdi", "", text));
  return link;
}
