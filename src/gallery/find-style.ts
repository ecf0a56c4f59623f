/** Style of the pages to search on and to look at the map, which no other page needs. */
import { compact } from "./style.ts";
import { named } from "./style-file.ts";

const FIND = `
.search { max-width: 46rem; }
.search label { display: block; margin-bottom: 0.4rem; color: var(--soft); font-size: 0.9375rem; }
.search input { width: 100%; min-height: 3.25rem; padding: 0 1.1rem; border: 1px solid var(--soft); border-radius: 1.75rem; background: var(--card); color: var(--ink); font: inherit; font-size: 1.125rem; }
.search input:focus-visible { outline-offset: 1px; }
.search p { min-height: 1.5rem; margin: 0.75rem 0 0; color: var(--soft); font-variant-numeric: tabular-nums; }
.search[hidden], .ways[hidden] { display: none; }
@media (scripting: enabled) { .search[hidden] { display: block; visibility: hidden; } }
.found.wanted { min-height: 100vh; }
.found button { min-height: 3rem; margin-top: 1.5rem; padding: 0 1.5rem; border: 1px solid var(--line); border-radius: 1.5rem; background: var(--card); color: var(--ink); font: inherit; font-weight: 600; cursor: pointer; }
.ways > section:first-child { margin-top: 1.5rem; }
`;

export const FIND_STYLE = named("find", "css", { text: compact(FIND), contentType: "text/css; charset=utf-8" });
