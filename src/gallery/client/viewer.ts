/**
 * The viewer of a day's page: PhotoSwipe over what the page has already. The pictures, the facts and where each photo is kept are
 * taken from the page; nothing is asked for but the pictures themselves.
 */
import PhotoSwipe, { type SlideData } from "photoswipe";
import "photoswipe/style.css";
import "./viewer.css";
import { element } from "./loading.ts";
import type { ViewerModule } from "./viewer-module.ts";

interface Photo {
  readonly id: string;
  readonly link: HTMLAnchorElement;
  readonly panel: HTMLElement;
}

const photos: readonly Photo[] = [...document.querySelectorAll<HTMLElement>("article.photo")].flatMap((panel) => {
  const id = panel.id.slice(2);
  const link = document.querySelector<HTMLAnchorElement>(`#t-${CSS.escape(id)}`);
  return link === null ? [] : [{ id, link, panel }];
});

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
  const facts = element("aside", "pswp-facts facts");
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
    const copy = photo.panel.querySelector(".facts")?.cloneNode(true);
    facts.replaceChildren(
      ...(copy instanceof Element ? [...copy.children].filter((one) => !one.matches(".close")) : []),
    );
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

function slideOf({ link, panel }: Photo): SlideData {
  const large = panel.querySelector<HTMLImageElement>(".stage > img");
  const film = panel.querySelector<HTMLVideoElement>(".stage > video");
  const small = link.querySelector("img");
  if (film !== null) return { html: `<div class="pswp-film">${film.outerHTML}</div>` };
  if (large === null) return { html: `<p class="pswp-bare">${link.innerHTML}</p>` };
  return {
    src: large.src,
    width: Number(large.getAttribute("width")),
    height: Number(large.getAttribute("height")),
    alt: large.alt,
    element: link,
    thumbCropped: true,
    ...(small === null ? {} : { msrc: small.currentSrc || small.src }),
  };
}

function nameOf({ link }: Photo): string {
  return link.querySelector("img")?.alt ?? link.textContent?.trim() ?? "";
}

function toggleFullscreen(): void {
  const change =
    document.fullscreenElement === null ? document.documentElement.requestFullscreen() : document.exitFullscreen();
  change.catch(() => undefined);
}
