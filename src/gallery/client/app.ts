/**
 * What pages do in a browser that runs scripts, beyond what they can do by themselves: photos open in a viewer that zooms and swipes.
 * Where anything of it fails, the page is what it is without scripts.
 */
import { loadScript, loadStyle } from "./loading.ts";
import type { ViewerModule } from "./viewer-module.ts";

const script = document.currentScript as HTMLScriptElement | null;
const root = document.documentElement;
const OPENED = /^#p-([\w-]+)$/;

let loading: Promise<ViewerModule> | undefined;

/** Script and style of the viewer, when it is first wanted. Rejects where they cannot be had. */
function loadViewer(): Promise<ViewerModule> {
  loading ??= Promise.all([
    loadStyle(script?.dataset["viewerStyle"] ?? ""),
    loadScript(script?.dataset["viewer"] ?? ""),
  ]).then(() => {
    const { photologViewer } = globalThis as { photologViewer?: ViewerModule };
    if (photologViewer === undefined) throw new Error("The viewer did not start.");
    return photologViewer;
  });
  return loading;
}

function openedId(): string | undefined {
  return OPENED.exec(location.hash)?.[1];
}

function open(id: string): void {
  loadViewer().then(
    (viewer) => viewer.open(id),
    // The page shows the opened photo by itself, by its address.
    () => root.classList.remove("scripted"),
  );
}

function start(): void {
  if (document.querySelector("article.photo") === null) return;
  root.classList.add("scripted");
  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>("a[id^='t-']") : null;
    if (!isPlain || link === null) return;
    event.preventDefault();
    const id = link.id.slice(2);
    history.pushState({ viewer: true }, "", `#p-${id}`);
    open(id);
  });
  // Whoever points at a photo will want the viewer soon.
  document.querySelector(".grid")?.addEventListener("pointerover", () => void loadViewer().catch(() => undefined), {
    once: true,
  });
  addEventListener("popstate", () => {
    const id = openedId();
    if (id === undefined) void loading?.then((viewer) => viewer.close()).catch(() => undefined);
    else open(id);
  });
  const id = openedId();
  if (id !== undefined) open(id);
}

start();
