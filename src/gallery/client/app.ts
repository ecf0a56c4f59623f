/**
 * What pages do in a browser that runs scripts, beyond what they can do by themselves: photos open in a viewer that zooms and swipes.
 * Where anything of it fails, the page is what it is without scripts.
 */
import { loadScript, loadStyle } from "./loading.ts";
import type { ViewerModule } from "./viewer-module.ts";

const script = document.currentScript as HTMLScriptElement | null;
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

function linkOf(id: string): HTMLAnchorElement | null {
  return document.querySelector(`#p-${CSS.escape(id)} > a`);
}

function open(id: string): void {
  loadViewer().then(
    (viewer) => viewer.open(id),
    // What the link leads to is shown without a viewer, too.
    () => location.assign(linkOf(id)?.href ?? location.href),
  );
}

function start(): void {
  if (document.querySelector("#facts") === null) return;
  document.addEventListener("click", (event) => {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>(".grid li > a") : null;
    if (!isPlain || link === null) return;
    event.preventDefault();
    const id = link.parentElement?.id.slice(2) ?? "";
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
