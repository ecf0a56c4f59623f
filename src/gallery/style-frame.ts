/** Style of what stands around the photos: page, header, titles, navigation, plain pages. */
export const FRAME = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf8; --card: #f1efeb; --ink: #1b1a18; --soft: #66625b; --line: #e2ded7;
  --green: #1f7a5a; --amber: #9a6300; --focus: #0b63ce;
  --edge: clamp(0.875rem, 3vw, 3rem);
  --gap: clamp(3px, 0.45vw, 6px);
  --h: clamp(7rem, 5.5rem + 6.5vw, 16rem);
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #131211; --card: #201e1c; --ink: #edebe7; --soft: #a39e95; --line: #2e2b28;
    --green: #6cc5a1; --amber: #e0a94a; --focus: #7db4ff;
  }
}
*, *::before, *::after { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-padding-top: 1rem; }
body {
  margin: 0; background: var(--paper); color: var(--ink); overflow-wrap: break-word;
  font: 400 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif;
}
a { color: inherit; text-decoration: none; }
a:hover { text-decoration: underline; text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
main:focus, article:focus { outline: none; }
ul { list-style: none; margin: 0; padding: 0; }
small { font-size: 0.875rem; font-weight: 400; color: var(--soft); }
code { font: 0.8125rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; overflow-wrap: anywhere; }
.off { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.skip { position: absolute; left: 0.5rem; top: -4rem; z-index: 5; padding: 0.75rem 1rem; background: var(--ink); color: var(--paper); border-radius: 4px; }
.skip:focus { top: 0.5rem; }

.top { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; column-gap: 1.5rem; padding: 0.5rem var(--edge); border-bottom: 1px solid var(--line); }
.brand { display: flex; align-items: center; gap: 0.6rem; min-height: 3rem; font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.01em; }
.brand svg { color: var(--green); flex: none; }
.top nav { display: flex; flex-wrap: wrap; margin-inline: -0.75rem; }
.top nav a { display: grid; place-items: center; min-height: 3rem; padding-inline: 0.75rem; font-size: 0.9375rem; color: var(--soft); }
.top nav a:hover, .top nav a[aria-current] { color: var(--ink); }
.top nav a[aria-current] { font-weight: 600; }

main { display: block; padding: 0 var(--edge) 2rem; }
.title { display: flex; flex-wrap: wrap; align-items: end; justify-content: space-between; gap: 1rem 3rem; padding: clamp(1.25rem, 3.5vw, 2.75rem) 0 clamp(1rem, 2vw, 1.75rem); }
.title h1 { margin: 0; font-size: clamp(1.75rem, 1.3rem + 2.2vw, 2.875rem); line-height: 1.1; font-weight: 700; letter-spacing: -0.03em; text-wrap: balance; overflow-wrap: anywhere; }
.title p { margin: 0.5rem 0 0; color: var(--soft); font-size: 1.0625rem; font-variant-numeric: tabular-nums; }
.title p a { color: var(--ink); text-decoration: underline; text-underline-offset: 0.2em; }
.title .trail { display: flex; margin: -0.75rem -0.5rem 0; font-size: 0.9375rem; }
.title .trail a { display: flex; align-items: center; min-height: 2.75rem; padding-inline: 0.5rem; color: var(--soft); text-decoration: none; }
.title .trail a:hover { color: var(--ink); text-decoration: underline; }
.trail a + a::before { content: "/"; margin: 0 1rem 0 -0.5rem; color: var(--line); }

.kept { display: flex; flex-wrap: wrap; gap: 0.375rem 1.5rem; margin-bottom: 0.2rem; font-size: 0.9375rem; color: var(--soft); font-variant-numeric: tabular-nums; }
.kept li { display: flex; align-items: center; gap: 0.4rem; }
.kept b { color: var(--ink); font-weight: 600; }
.all::before, .copies li::before, .well::before {
  content: ""; flex: none; width: 18px; height: 18px; border-radius: 50%; background: var(--green);
  clip-path: path(evenodd, "M9 0a9 9 0 1 0 0 18A9 9 0 0 0 9 0ZM7.6 13.3 3.7 9.4l1.4-1.4 2.5 2.5 5.3-5.3 1.4 1.4Z");
}
.some::before, .wanting::before { content: ""; flex: none; width: 18px; height: 18px; border-radius: 50%; border: 2px solid var(--amber); background: linear-gradient(90deg, var(--amber) 50%, transparent 50%); }

.years { margin: 0 calc(-1 * var(--edge)); padding: 0 var(--edge); overflow-x: auto; scrollbar-width: none; border-block: 1px solid var(--line); }
.years ul { display: flex; }
.years a { display: flex; align-items: baseline; gap: 0.4rem; padding: 0.75rem 1rem; white-space: nowrap; font-weight: 600; font-variant-numeric: tabular-nums; }
.years li:first-child a { margin-left: -1rem; }
.years small { font-size: 0.8125rem; }

.turn { display: flex; justify-content: space-between; gap: 1rem; margin: 0 -0.75rem 0.5rem; font-size: 0.9375rem; }
.turn a { display: inline-flex; align-items: center; gap: 0.6rem; min-height: 3rem; padding: 0 0.75rem; color: var(--soft); }
.turn a:hover { color: var(--ink); }
.turn .after { margin-left: auto; text-align: right; }
.before::before, .after::after { margin-left: 2px; content: ""; flex: none; width: 0.5rem; height: 0.5rem; border: solid currentColor; border-width: 2px 0 0 2px; transform: rotate(-45deg); }
.after::after { transform: rotate(135deg); }
div + .turn, .months + .turn { margin-top: 1.5rem; }
.title + .turn { margin-top: -0.75rem; }
.turn + .days { margin-top: -1.25rem; }

.more { margin: 0.25rem 0 0; }
.more a { display: inline-flex; align-items: center; gap: 0.6rem; min-height: 3rem; font-size: 0.9375rem; font-weight: 600; }
.more a::after { content: ""; width: 0.45rem; height: 0.45rem; border: solid currentColor; border-width: 2px 2px 0 0; transform: rotate(45deg); }
.further { margin-top: 2.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); }
.further h2, .prose h2 { margin: 0 0 0.75rem; font-size: 1.0625rem; font-weight: 650; letter-spacing: -0.01em; }
.further h2 a { display: inline-flex; align-items: center; min-height: 2.75rem; margin-block: -0.6rem; }
ul.tags { display: flex; flex-wrap: wrap; gap: 0.5rem; }
ul.tags a { display: flex; align-items: baseline; gap: 0.4rem; max-width: 100%; padding: 0.7rem 1rem; background: var(--card); border-radius: 1.5rem; font-size: 0.9375rem; font-variant-numeric: tabular-nums; }
ul.tags bdi { overflow-wrap: anywhere; }

.prose { max-width: 42rem; }
.prose ul { margin-top: 0.5rem; }
.prose li a { display: block; padding: 0.65rem 0; border-top: 1px solid var(--line); overflow-wrap: anywhere; }
section.prose { margin-top: 2.5rem; }
.well, .wanting { display: flex; align-items: center; gap: 0.5rem; }
.places { border-collapse: collapse; width: 100%; max-width: 42rem; font-variant-numeric: tabular-nums; }
.places th, .places td { padding: 0.75rem 1rem 0.75rem 0; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400; }
.places thead th { padding-block: 0.5rem; font-size: 0.875rem; color: var(--soft); }
.places tbody th { font-weight: 600; }

.end { padding: 1rem var(--edge) 2rem; border-top: 1px solid var(--line); }
.end nav { display: flex; flex-wrap: wrap; margin-inline: -0.75rem; }
.end a { display: grid; align-items: center; min-height: 3rem; padding-inline: 0.75rem; font-size: 0.875rem; color: var(--soft); }
`;
