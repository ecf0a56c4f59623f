/**
 * Style of thumbnails. Each tile is as wide as its ratio at the row's height, and takes its share of what is left of the
 * row: so all tiles of a row are of one height and the row is full, and nothing moves when the pictures come.
 */
export const GRID = `
.grid { display: flex; flex-wrap: wrap; gap: var(--gap); }
.grid > li { position: relative; scroll-margin: 4rem; width: calc(var(--r) * var(--h)); flex: calc(var(--r) * 100) 1 auto; min-width: 0; max-width: min(100%, calc(var(--r) * var(--h) * 1.6)); }
.full > .grid > li { max-width: 100%; }
.full > .grid::after { content: ""; flex: 1e6 0 0; }
.lone > .grid::after { content: ""; width: calc((1.25 - var(--s)) * var(--h)); flex: calc(125 - var(--s) * 100) 1 auto; }
.grid > li > a { display: block; position: relative; aspect-ratio: var(--r); background: var(--c, var(--card)); border-radius: 3px; overflow: hidden; }
.grid > li > a:hover { text-decoration: none; }
.grid > li > a > img { display: block; width: 100%; height: 100%; object-fit: cover; font-size: 0.75rem; color: #fff; text-shadow: 0 0 2px #000, 0 0 2px #000; transition: filter 0.15s; }
.grid > li > a:hover > img { filter: brightness(1.08); }
.grid > .bare > a { display: grid; place-content: center; justify-items: center; gap: 0.25rem; padding: 0.5rem; border: 1px solid var(--line); text-align: center; }
.type { font-size: 1.125rem; font-weight: 650; letter-spacing: 0.04em; color: var(--soft); }
.bare .name { font-size: 0.8125rem; line-height: 1.3; color: var(--soft); overflow-wrap: anywhere; display: -webkit-box; -webkit-line-clamp: 3; -webkit-box-orient: vertical; overflow: hidden; }
.film { position: absolute; right: 0.4rem; bottom: 0.4rem; display: flex; align-items: center; gap: 0.35rem; padding: 0.1rem 0.45rem; border-radius: 3px; background: #000b; color: #fff; font-size: 0.75rem; font-weight: 600; letter-spacing: 0.03em; }
.film::before { content: ""; border: solid transparent; border-width: 0.28rem 0 0.28rem 0.45rem; border-left-color: #fff; }

.days { display: flex; flex-wrap: wrap; column-gap: clamp(1.25rem, 2.5vw, 2.5rem); }
.days::after { content: ""; flex: 1e6 0 0; }
.day { flex: calc(max(var(--s), 1.25) * 100) 1 auto; min-width: 11.5rem; max-width: 100%; }
.day.full { flex: 1 1 100%; }
.day h2 { display: flex; flex-wrap: wrap; align-items: baseline; column-gap: 0.75rem; margin: 1.75rem 0 0.6rem; font-size: 1.0625rem; line-height: 1.4; font-weight: 650; letter-spacing: -0.01em; }
.day h2 a { display: inline-block; padding-block: 0.7rem; margin-block: -0.7rem; }
.day h2 span { font-weight: 400; color: var(--soft); }

.months { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); gap: 1.75rem clamp(0.875rem, 2vw, 1.75rem); }
.months a { display: grid; grid-template-columns: 1fr auto; align-items: baseline; }
.months a:hover { text-decoration: none; }
.months .cover { grid-column: 1 / -1; display: block; width: 100%; height: auto; aspect-ratio: 3 / 2; object-fit: cover; background: var(--card); border-radius: 4px; transition: filter 0.15s; }
.months a:hover .cover { filter: brightness(1.08); }
.months h2 { margin: 0.6rem 0 0; font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.01em; }
.months small { font-variant-numeric: tabular-nums; }
.bars { grid-column: 1 / -1; width: 100%; height: 1.25rem; margin-top: 0.35rem; fill: var(--soft); opacity: 0.55; border-bottom: 1px solid var(--line); }

@media (max-width: 40rem) {
  .day { flex-basis: 100%; }
  .grid > li, .full > .grid > li { max-width: min(100%, calc(var(--r) * var(--h) * 2.25)); }
  .full > .grid::after, .lone > .grid::after { content: none; }
}
@media (scripting: none) {
  .grid > li:target > a { outline: 3px solid var(--focus); outline-offset: 2px; }
}
@media (prefers-reduced-motion: reduce) {
  .grid img, .months .cover { transition: none; }
}
@media print {
  .top nav, .end, .turn, .years { display: none; }
}
`;
