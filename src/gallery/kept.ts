/** Where photos are kept, in a line: for the whole gallery, for a day. */
import { SERVICES, type ServiceName } from "../photo.ts";
import { html, type SafeHtml } from "./html.ts";
import type { OutlineDay } from "./tiles.ts";
import { grouped } from "./wording.ts";

export const SERVICE_TITLES: Readonly<Record<ServiceName, string>> = { flickr: "Flickr", gphotos: "Google Photos" };

export function copiesIn(days: readonly OutlineDay[]): Record<ServiceName, number> {
  const copies = { flickr: 0, gphotos: 0 };
  for (const name of SERVICES) for (const day of days) copies[name] += day.copies[name];
  return copies;
}

/** The services worth a word: those that photos are meant to reach, and those that hold any. */
export function servicesWorthNaming(
  meant: readonly ServiceName[],
  copies: Readonly<Record<ServiceName, number>>,
): readonly ServiceName[] {
  return SERVICES.filter((name) => meant.includes(name) || copies[name] > 0);
}

/** `Archive 231 · Flickr 231 · Google Photos 230 of 231`. Everything that is shown is in the archive. */
export function keptList(
  total: number,
  copies: Readonly<Record<ServiceName, number>>,
  meant: readonly ServiceName[],
): SafeHtml {
  const places = servicesWorthNaming(meant, copies).map((name) => ({
    title: SERVICE_TITLES[name],
    count: copies[name],
  }));
  return html`<ul class="kept" aria-label="Kept in">
    ${[{ title: "Archive", count: total }, ...places].map(({ title, count }) =>
      count === total
        ? html`<li class="all">${title} <b>${grouped(count)}</b></li>`
        : html`<li class="some">${title} <b>${grouped(count)}</b> of ${grouped(total)}</li>`,
    )}
  </ul>`;
}
