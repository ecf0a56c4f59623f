/** Style of an opened photo: over the page, dark in both schemes, the facts beside it or, on a narrow screen, below. */
export const PHOTO = `
.photo { display: none; }
.photo:target {
  color-scheme: dark;
  --card: #1c1b1a; --ink: #f1efeb; --soft: #aba69d; --line: #34312e; --green: #6cc5a1; --amber: #e0a94a; --focus: #7db4ff;
  display: grid; grid-template-columns: minmax(0, 1fr) clamp(16rem, 30vw, 22rem); grid-template-rows: minmax(0, 1fr);
  position: fixed; inset: 0; z-index: 10; overflow: auto; overscroll-behavior: contain;
  background: #0d0c0b; color: var(--ink); animation: appear 0.15s;
}
@keyframes appear { from { opacity: 0; } }
html:has(.photo:target) { overflow: hidden; }
.scripted .photo:target { display: none; }
html.scripted:has(.photo:target) { overflow: auto; }
.stage { position: relative; display: grid; place-items: center; min-height: 0; }
.stage > img, .stage > video { position: absolute; inset: 0; width: 100%; height: 100%; object-fit: contain; }
.stage .bare { margin: 0; aspect-ratio: 3 / 2; width: min(28rem, 80%); background: var(--card); border-radius: 4px; }
.go { position: absolute; top: 0; bottom: 0; width: max(4rem, 18%); display: flex; align-items: center; padding: 1rem; opacity: 0.75; }
.go.back { left: 0; }
.go.on { right: 0; justify-content: flex-end; }
.go:hover, .go:focus-visible { opacity: 1; }
.go:focus-visible { outline-offset: -4px; }
.go span, .close span { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.go::before { content: ""; width: 3rem; height: 3rem; border-radius: 50%; background: #0009; }
.go::after { content: ""; position: absolute; width: 0.75rem; height: 0.75rem; border: solid #fff; border-width: 2px 0 0 2px; transform: rotate(-45deg); left: 2.25rem; }
.go.on::after { left: auto; right: 2.25rem; transform: rotate(135deg); }

.facts { position: relative; overflow: auto; padding: 1.25rem 1.5rem 2rem; border-left: 1px solid var(--line); background: #151413; }
.close { position: absolute; right: 0.625rem; top: 0.625rem; width: 3rem; height: 3rem; border-radius: 50%; }
.close:hover { background: var(--line); }
.close::before, .close::after { content: ""; position: absolute; left: 0.9rem; right: 0.9rem; top: calc(50% - 1px); height: 2px; background: currentColor; transform: rotate(45deg); }
.close::after { transform: rotate(-45deg); }
.facts h2 { margin: 0.15rem 3rem 1.5rem 0; font-size: 1.1875rem; line-height: 1.3; font-weight: 650; letter-spacing: -0.01em; font-variant-numeric: tabular-nums; }
.facts h2 small { display: block; margin-top: 0.15rem; letter-spacing: 0; }
.facts h3 { margin: 1.75rem 0 0.5rem; padding-top: 1.25rem; border-top: 1px solid var(--line); font-size: 0.9375rem; font-weight: 650; }
.facts dl { margin: 0; font-size: 0.9375rem; }
.facts dt { color: var(--soft); font-size: 0.8125rem; }
.facts dd { margin: 0 0 0.75rem; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
.facts .tags { display: flex; flex-wrap: wrap; gap: 0.375rem; margin-top: 0.25rem; }
.facts .tags a { padding: 0.75rem 0.9rem; border-radius: 1.5rem; background: var(--line); font-size: 0.875rem; line-height: 1.4; }
.copies li { display: grid; grid-template-columns: 18px 1fr; align-items: center; column-gap: 0.6rem; min-height: 2.75rem; font-size: 0.9375rem; }
.copies li > * { grid-column: 2; }
.copies li::before { grid-column: 1; grid-row: 1; }
.facts .where a { display: flex; align-items: center; min-height: 2.75rem; text-decoration: underline; text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
.facts code { color: var(--soft); }
.copies a { display: flex; align-items: center; min-height: 2.75rem; text-decoration: underline; text-underline-offset: 0.2em; text-decoration-thickness: 1px; }
.copies .none { color: var(--soft); }
.copies .none::before { clip-path: none; background: none; border: 2px solid var(--line); }

@media (max-width: 44rem), (max-aspect-ratio: 1) {
  .photo:target { grid-template-columns: minmax(0, 1fr); grid-template-rows: max-content max-content; align-content: start; }
  .stage { min-height: 45vh; }
  .stage > img, .stage > video { position: static; height: auto; max-height: 75vh; max-height: 75svh; }
  .facts { overflow: visible; border: 0; border-top: 1px solid var(--line); }
  .facts h2 { margin-right: 0; }
  .close { position: fixed; background: #0009; }
  .go { padding: 0.5rem; }
  .go::after { left: 1.75rem; }
  .go.on::after { right: 1.75rem; }
}
@media (prefers-reduced-motion: reduce) {
  .photo:target { animation: none; }
  .grid img, .months .cover { transition: none; }
}
@media print {
  .photo:target { position: static; }
  .top nav, .end, .turn, .years { display: none; }
}
`;
