/** All places and the photos of each; the page of the map, which without scripts is a list of them. */
import { byCountry, type CountrySpots, type SpotTiles } from "./counted-places.ts";
import { foreign, html, linkFrom, type SafeHtml } from "./html.ts";
import { layout, type SiteLook } from "./layout.ts";
import { countryPath, placePath } from "./list-paths.ts";
import { listPages } from "./photo-list.ts";
import { MAP, MAP_STYLE, OUTLINES } from "./script.ts";
import { MAP as MAP_PAGE, MAP_FILES, PLACES } from "./site-paths.ts";
import { type Neighbour, turn } from "./turn.ts";
import { counted, grouped } from "./wording.ts";

/** On the page of all countries; of each as many as there is room for, those with most photos. */
const MOST_SPOTS = 900;
const OF_EACH_COUNTRY = { least: 3, most: 24 };
/** Of a country, on one page. */
const OF_A_PAGE = 450;
/** So many are named on the map's page; of more, the countries. */
const MOST_ON_MAP = 300;

interface RenderedPage {
  readonly path: string;
  readonly render: () => string;
}

/** Each place's pages, then those of the countries, then the page of all, and the map. `most` is that of `listPages`. */
export function* placePages(look: SiteLook, spots: readonly SpotTiles[], most: number): Generator<RenderedPage> {
  const countries = byCountry(spots);
  for (const { spot, tiles } of spots) {
    const trail = [
      { path: PLACES, name: "Places" },
      { path: countryPath(spot.country.code), name: spot.country.name },
    ];
    yield* listPages(look, { name: spot.name, tiles, trail, pathOf: (page) => placePath(spot.id, page) }, most);
  }
  for (const one of countries) {
    for (let page = 1; page <= pagesOf(one); page++) {
      yield { path: countryPath(one.country.code, page), render: () => countryPage(look, one, page) };
    }
  }
  yield { path: PLACES, render: () => placesPage(look, countries) };
  yield { path: MAP_PAGE, render: () => mapPage(look, countries) };
}

function pagesOf({ spots }: CountrySpots): number {
  return Math.ceil(spots.length / OF_A_PAGE);
}

/** Without counts, so that new photos leave it as it is. */
function countryPage(look: SiteLook, one: CountrySpots, page: number): string {
  const { country, spots } = one;
  const path = countryPath(country.code, page);
  const pages = pagesOf(one);
  const link = (to: number): Neighbour | undefined =>
    to < 1 || to > pages ? undefined : { href: linkFrom(path, countryPath(country.code, to)), name: `Page ${to}` };
  return layout(look, {
    path,
    title: page === 1 ? country.name : `${country.name}, page ${page}`,
    body: html`<div class="title">
        <div>
          <p class="trail"><a href="${linkFrom(path, PLACES)}">Places</a></p>
          <h1>${foreign(country.name)}</h1>
          <p>${counted(spots.length, "place")}${pages > 1 && `, page ${page} of ${pages}`}</p>
        </div>
      </div>
      ${spotsList(path, spots.slice((page - 1) * OF_A_PAGE, page * OF_A_PAGE))}
      ${turn({ before: link(page - 1), after: link(page + 1) }, "Pages")}`,
  });
}

function placesPage(look: SiteLook, countries: readonly CountrySpots[]): string {
  const places = countries.reduce((sum, { spots }) => sum + spots.length, 0);
  const { least, most } = OF_EACH_COUNTRY;
  const each = Math.max(least, Math.min(most, Math.floor(MOST_SPOTS / Math.max(1, countries.length))));
  const lands = countries.filter(({ country }) => country.code !== "sea").length;
  return layout(look, {
    path: PLACES,
    title: "Places",
    body: html`<div class="title">
        <div>
          <h1>Places</h1>
          <p>
            ${
              places === 0
                ? "No photo tells where it was taken."
                : html`${counted(places, "place")} in ${counted(lands, "country", "countries")},
                    <a href="${linkFrom(PLACES, MAP_PAGE)}">on the map</a>`
            }
          </p>
        </div>
      </div>
      ${countries.map((one) => countrySection(PLACES, { ...one, shown: largestOf(one.spots, each) }, { hasCounts: true }))}
      ${places > 0 && SOURCES}`,
  });
}

function mapPage(look: SiteLook, countries: readonly CountrySpots[]): string {
  const places = countries.reduce((sum, { spots }) => sum + spots.length, 0);
  return layout(look, {
    path: MAP_PAGE,
    title: "Map",
    styles: [MAP_STYLE],
    script: MAP,
    body: html`<div class="title">
        <div>
          <h1>Map</h1>
          <p>
            ${
              places === 0
                ? "No photo tells where it was taken."
                : html`<a href="${linkFrom(MAP_PAGE, PLACES)}">All places with their photos</a>`
            }
          </p>
        </div>
      </div>
      <div
        class="map"
        data-places="${linkFrom(MAP_PAGE, MAP_FILES)}"
        data-outlines="${linkFrom(MAP_PAGE, OUTLINES.path)}"
        hidden
      ></div>
      ${
        places <= MOST_ON_MAP
          ? countries.map((one) => countrySection(MAP_PAGE, { ...one, shown: one.spots }, { hasCounts: false }))
          : html`<section class="further">
              <h2>Countries</h2>
              <ul class="tags">
                ${countries.map(
                  ({ country: { code, name } }) =>
                    html`<li><a href="${linkFrom(MAP_PAGE, countryPath(code))}">${foreign(name)}</a></li>`,
                )}
              </ul>
            </section>`
      }
      ${places > 0 && SOURCES}`,
  });
}

const SOURCES = html`<section class="prose">
  <small
    >Photos are listed by the town nearest to them. Names of towns: GeoNames, CC BY 4.0. Outlines: Natural Earth.
    Borders are rough, and say nothing about whose a place is.</small
  >
</section>`;

function countrySection(
  page: string,
  { country, spots, shown }: CountrySpots & { readonly shown: readonly SpotTiles[] },
  { hasCounts }: { readonly hasCounts: boolean },
): SafeHtml {
  const photos = spots.reduce((sum, { tiles }) => sum + tiles.length, 0);
  return html`<section class="further">
    <h2>
      <a href="${linkFrom(page, countryPath(country.code))}">${foreign(country.name)}</a
      >${hasCounts && html` <small>${counted(photos, "photo")}</small>`}
    </h2>
    ${spotsList(page, shown, hasCounts)}
    ${
      shown.length < spots.length &&
      html`<p class="more">
        <a href="${linkFrom(page, countryPath(country.code))}">All ${counted(spots.length, "place")}</a>
      </p>`
    }
  </section>`;
}

/** Those with most photos, in the order in which they came. */
function largestOf(spots: readonly SpotTiles[], most: number): readonly SpotTiles[] {
  if (spots.length <= most) return spots;
  const kept = new Set(spots.toSorted((a, b) => b.tiles.length - a.tiles.length).slice(0, most));
  return spots.filter((one) => kept.has(one));
}

function spotsList(page: string, spots: readonly SpotTiles[], hasCounts = false): SafeHtml {
  return html`<ul class="tags">
    ${spots.map(
      ({ spot, tiles }) =>
        html`<li>
          <a href="${linkFrom(page, placePath(spot.id))}"
            >${foreign(spot.name)}${hasCounts && html` <small>${grouped(tiles.length)}</small>`}</a
          >
        </li>`,
    )}
  </ul>`;
}
