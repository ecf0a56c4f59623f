/**
 * The viewer of a day's page: PhotoSwipe over what the page has already. The facts and where each photo is kept are taken from the
 * page; nothing is asked for but the large pictures.
 */
import PhotoSwipe, { type SlideData } from "photoswipe";
import "photoswipe/style.css";
import "./viewer.css";
import { type DayFacts, textAt } from "../day-facts.ts";
import { picturePath } from "../site-paths.ts";
import { element } from "./loading.ts";
import { toldPhoto } from "./told-photo.ts";
import type { ViewerModule } from "./viewer-module.ts";

interface Photo {
  readonly id: string;
  readonly link: HTMLAnchorElement;
}

const told = JSON.parse(document.querySelector("#facts")?.textContent ?? "") as DayFacts;
const photos: readonly Photo[] = [...document.querySelectorAll<HTMLAnchorElement>(".grid li > a")].map((link) => ({
  id: link.parentElement?.id.slice(2) ?? "",
  link,
}));

let current: PhotoSwipe | undefined;
/** Whether the address of the opened photo is a step of the browser's history that closing takes back. */
let isStep = false;
let isWithFacts = matchMedia("(min-width: 60rem)").matches;

const viewer: ViewerModule = {
  open(id) {
    const index = photos.findIndex((photo) => photo.id === id);
    if (index < 0) return;
    if (current !== undefined) return current.goTo(index);
    isStep = (history.state as { viewer?: boolean } | null)?.viewer === true;
    start(index);
  },
  close() {
    isStep = false;
    current?.close();
  },
};
(globalThis as { photologViewer?: ViewerModule }).photologViewer = viewer;

function start(index: number): void {
  const pswp = new PhotoSwipe({
    dataSource: photos.map(slideOf),
    index,
    loop: false,
    preload: [1, 2],
    bgOpacity: 1,
    showHideAnimationType: matchMedia("(prefers-reduced-motion: reduce)").matches ? "none" : "zoom",
    closeTitle: "Close (Esc)",
    zoomTitle: "Zoom (z)",
    arrowPrevTitle: "Earlier (left arrow, k)",
    arrowNextTitle: "Later (right arrow, j)",
    errorMsg: "This picture cannot be loaded.",
    // Beside the facts, or above them.
    paddingFn: ({ x, y }) => (isWithFacts ? (x > 900 ? side(352) : { ...side(0), bottom: y * 0.45 }) : side(0)),
  });
  current = pswp;
  const said = element("p", "pswp-said");
  said.setAttribute("role", "status");
  const facts = element("aside", "pswp-facts");
  facts.tabIndex = -1;
  facts.setAttribute("aria-label", "About this photo");

  pswp.on("uiRegister", () => {
    pswp.ui?.registerElement({
      name: "info",
      order: 9,
      isButton: true,
      title: "About this photo (i)",
      ariaLabel: "About this photo (i)",
      html: '<svg class="pswp__icn" viewBox="0 0 32 32" width="32" height="32" aria-hidden="true"><circle cx="16" cy="10" r="2"/><rect x="14.5" y="14" width="3" height="9" rx="1.5"/></svg>',
      onClick: () => toggleFacts(),
    });
  });
  pswp.on("afterInit", () => {
    pswp.element?.append(facts, said);
    pswp.element?.setAttribute("aria-label", "Photo");
    showFacts();
    tell();
  });
  pswp.on("change", tell);
  function tell(): void {
    const photo = photos[pswp.currIndex];
    if (photo === undefined) return;
    history.replaceState(history.state, "", `#p-${photo.id}`);
    facts.replaceChildren(...toldPhoto(told, pswp.currIndex));
    facts.scrollTop = 0;
    said.textContent = `Photo ${pswp.currIndex + 1} of ${photos.length}: ${nameOf(photo)}`;
  }
  pswp.on("keydown", ({ originalEvent }) => act(originalEvent.key.toLowerCase(), originalEvent));
  pswp.on("close", () => {
    const photo = photos[pswp.currIndex];
    if (isStep) history.back();
    else history.replaceState(null, "", location.pathname + location.search);
    isStep = false;
    photo?.link.scrollIntoView({ block: "nearest" });
  });
  pswp.on("destroy", () => {
    current = undefined;
    photos[pswp.currIndex]?.link.focus();
  });
  pswp.init();

  function act(key: string, event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions: Readonly<Record<string, () => void>> = {
      j: () => pswp.next(),
      k: () => pswp.prev(),
      i: () => toggleFacts(),
      f: () => toggleFullscreen(),
      home: () => pswp.goTo(0),
      end: () => pswp.goTo(photos.length - 1),
    };
    const action = actions[key];
    if (action === undefined) return;
    event.preventDefault();
    action();
  }

  function toggleFacts(): void {
    isWithFacts = !isWithFacts;
    showFacts();
    pswp.updateSize(true);
  }

  function showFacts(): void {
    facts.hidden = !isWithFacts;
    pswp.element?.classList.toggle("pswp--facts", isWithFacts);
  }
}

function side(right: number): { top: number; bottom: number; left: number; right: number } {
  return { top: 0, bottom: 0, left: 0, right };
}

function slideOf({ id, link }: Photo, index: number): SlideData {
  const [width = 0, height = 0] = textAt(told.views, index).split(" ").map(Number);
  if (width === 0) return { html: `<p class="pswp-bare">${link.innerHTML}</p>` };
  const src = told.root + picturePath(id, "view");
  const original = textAt(told.originals, index);
  const small = link.querySelector("img");
  if (original !== "" && link.querySelector(".film") !== null)
    return { html: filmOf(told.root + original, src, small?.alt) };
  return {
    src,
    width,
    height,
    alt: small?.alt ?? "",
    element: link,
    thumbCropped: true,
    ...(small === null ? {} : { msrc: small.currentSrc || small.src }),
  };
}

function filmOf(source: string, poster: string, name = ""): string {
  const film = document.createElement("video");
  film.controls = true;
  film.preload = "none";
  film.poster = poster;
  film.src = source;
  film.setAttribute("aria-label", name);
  return `<div class="pswp-film">${film.outerHTML}</div>`;
}

function nameOf({ link }: Photo): string {
  return link.querySelector("img")?.alt ?? link.textContent?.trim() ?? "";
}

function toggleFullscreen(): void {
  const change =
    document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen();
  change.catch(() => undefined);
}
