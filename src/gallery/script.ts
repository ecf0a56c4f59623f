/** The scripts of the pages, as the build has made them: each named after its content, so that it can be cached for ever. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { named, type StyleFile } from "./style-file.ts";

export const JAVASCRIPT = "text/javascript; charset=utf-8";

/** On every page that shows photos. */
export const APP = named("app", "js", { text: built("app.js"), contentType: JAVASCRIPT });
/** When a photo is first opened. */
export const VIEWER = named("viewer", "js", { text: built("viewer.js"), contentType: JAVASCRIPT });
export const VIEWER_STYLE = named("viewer", "css", {
  text: built("viewer.css"),
  contentType: "text/css; charset=utf-8",
});

/** On the page of the timeline. */
export const TIMELINE_SCRIPT = named("timeline", "js", { text: built("timeline.js"), contentType: JAVASCRIPT });
export const TIMELINE_STYLE = named("timeline", "css", {
  text: built("timeline.css"),
  contentType: "text/css; charset=utf-8",
});

/** On the page to search on. */
export const SEARCH = named("search", "js", { text: built("search.js"), contentType: JAVASCRIPT });

/** On the page of the map; the outlines of the land when there is a map to draw. */
export const MAP = named("map", "js", { text: built("map.js"), contentType: JAVASCRIPT });
export const MAP_STYLE = named("map", "css", { text: built("map.css"), contentType: "text/css; charset=utf-8" });
export const OUTLINES = named("outlines", "js", { text: built("outlines.js"), contentType: JAVASCRIPT });

export const SCRIPTS: readonly StyleFile[] = [
  APP,
  VIEWER,
  VIEWER_STYLE,
  TIMELINE_SCRIPT,
  TIMELINE_STYLE,
  SEARCH,
  MAP,
  MAP_STYLE,
  OUTLINES,
];

/** In `dist/client`, of the built program as of the source, whose own `client` folder holds what the build begins with. */
function built(name: string): string {
  for (let folder = import.meta.dirname; folder !== dirname(folder); folder = dirname(folder)) {
    const built = [join(folder, "client"), join(folder, "dist/client")].find((one) => existsSync(join(one, "app.js")));
    if (built !== undefined) return readFileSync(join(built, name), "utf8");
  }
  throw new Error(`client/${name} has not been built: run \`npm run build\`.`);
}
