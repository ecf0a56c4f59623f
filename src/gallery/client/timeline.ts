/** The page of the timeline: all photos in one strip, of which only what is near the screen is in the page. */
import type { Directory } from "../pieces.ts";
import { DIRECTORY, DIRECTORY_NAME } from "../site-paths.ts";
import { loadShard } from "./load-shard.ts";
import { element } from "./loading.ts";
import { openTimeline, type TimelinePhotos } from "./timeline-photos.ts";
import { openReel, type ReelPlace } from "./timeline-reel.ts";
import { openScrubber } from "./timeline-scrubber.ts";
import { listenToKeys } from "./timeline-keys.ts";
import "./timeline.css";

const place = document.querySelector<HTMLElement>("#timeline");
if (place !== null) void start(place, place.dataset["root"] ?? "");

async function start(holder: HTMLElement, root: string): Promise<void> {
  const photos = await load(root);
  if (photos === undefined || photos.count === 0) return;
  document.documentElement.classList.add("timelined");
  const said = element("p", "off");
  said.setAttribute("role", "status");
  const trouble = element("p", "trouble");
  trouble.hidden = true;
  trouble.append(
    "Some photos cannot be shown. The gallery may have changed: ",
    link(location.pathname, "load it again"),
  );

  const reel = openReel({ photos, root, onTrouble: () => (trouble.hidden = false) });
  const scrubber = openScrubber({ photos, reel });
  const date = dateField(photos, (day) => reel.goToDay(photos.dayAtOrBefore(day)));
  holder.replaceChildren(date.label, trouble, reel.element, scrubber, said);
  reel.show(startingPlace(photos));
  listenToKeys({ photos, reel, date: date.input });

  let told = "";
  const keepPlace = ({ photo, offset, day }: ReelPlace): void => {
    history.replaceState({ ...(history.state as object | null), photo, offset }, "", `#${day}`);
  };
  // Whoever opens a photo comes back to where it was seen.
  reel.element.addEventListener("click", () => keepPlace(reel.place()));
  reel.onSettled((at) => {
    keepPlace(at);
    const { day } = at;
    date.input.value = day;
    const month = day.slice(0, 7);
    if (told !== "" && told !== month) said.textContent = scrubber.getAttribute("aria-valuetext");
    told = month;
  });
  addEventListener("hashchange", () => {
    const day = dayOfAddress();
    if (day !== undefined) reel.goToDay(photos.dayAtOrBefore(day));
  });
}

/** Undefined where it cannot be loaded: the page is then what it is without scripts. */
async function load(root: string): Promise<TimelinePhotos | undefined> {
  try {
    const directory = await loadShard<Directory>(DIRECTORY_NAME, root + DIRECTORY);
    return await openTimeline(directory, (name, path) => loadShard(name, root + path));
  } catch {
    return undefined;
  }
}

/** Where the visitor was before, or what the address asks for, or the newest. */
function startingPlace(photos: TimelinePhotos): { readonly photo: number; readonly offset: number } {
  const { photo, offset } = (history.state ?? {}) as { photo?: unknown; offset?: unknown };
  const day = dayOfAddress();
  if (typeof photo === "number" && typeof offset === "number" && photos.days[photos.dayOf(photo)] === day) {
    return { photo, offset };
  }
  return { photo: day === undefined ? 0 : (photos.dayStarts[photos.dayAtOrBefore(day)] ?? 0), offset: 0 };
}

function dayOfAddress(): string | undefined {
  return /^#(\d{4}-\d{2}-\d{2})$/.exec(location.hash)?.[1];
}

function dateField(
  photos: TimelinePhotos,
  onChosen: (day: string) => void,
): { readonly label: HTMLElement; readonly input: HTMLInputElement } {
  const input = document.createElement("input");
  input.type = "date";
  input.min = photos.days.at(-1) ?? "";
  input.max = photos.days[0] ?? "";
  input.addEventListener("change", () => {
    if (input.value !== "") onChosen(input.value);
  });
  const label = element("label", "jump");
  label.append("Go to ", input);
  return { label, input };
}

function link(href: string, text: string): HTMLAnchorElement {
  const made = document.createElement("a");
  made.href = href;
  made.textContent = text;
  return made;
}
