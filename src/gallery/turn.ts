/** Links to what lies before and after, in time. */
import { html, type SafeHtml } from "./html.ts";

export interface Neighbour {
  readonly href: string;
  readonly name: string;
}

/** Undefined where there is neither. `label` tells it from the other navigation of the page. */
export function turn(
  to: { readonly before: Neighbour | undefined; readonly after: Neighbour | undefined },
  label: string,
): SafeHtml | undefined {
  const { before, after } = to;
  if (before === undefined && after === undefined) return undefined;
  return html`<nav class="turn" aria-label="${label}">
    ${before && html`<a class="before" href="${before.href}">${before.name}</a>`}
    ${after && html`<a class="after" href="${after.href}">${after.name}</a>`}
  </nav>`;
}
