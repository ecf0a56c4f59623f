/** Follows the links of a site as a visitor without JavaScript would. */

export interface Crawled {
  /** Paths of the pages that can be reached from the index. */
  readonly pages: ReadonlySet<string>;
  /** Paths of the pictures, styles and icons that these ask for or lead to. */
  readonly assets: ReadonlySet<string>;
  /** `2024/05/17/index.html#p-…` of every photo that a link leads to, or that is on a page. */
  readonly photos: ReadonlySet<string>;
  /** Links and sources that lead to no file, and fragments that lead to nothing on their page. */
  readonly broken: readonly string[];
  /** Addresses of other sites: of links, and (there should be none) of what a page loads. */
  readonly foreign: { readonly links: ReadonlySet<string>; readonly loads: ReadonlySet<string> };
}

/** `read` tells the text of a file of the site; undefined where there is none. */
export async function crawl(
  read: (path: string) => string | undefined | Promise<string | undefined>,
  from = "index.html",
): Promise<Crawled> {
  const pages = new Set<string>();
  const assets = new Set<string>();
  const photos = new Set<string>();
  const broken: string[] = [];
  const foreign = { links: new Set<string>(), loads: new Set<string>() };
  const fragments: { readonly page: string; readonly path: string; readonly id: string }[] = [];
  const ids = new Map<string, ReadonlySet<string>>();
  const waiting = [from];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (pages.has(path)) continue;
    const text = await read(path);
    if (text === undefined) {
      broken.push(path);
      continue;
    }
    pages.add(path);
    const own = [...text.matchAll(/ id="([^"]*)"/g)].map(([, id = ""]) => id);
    ids.set(path, new Set(own));
    for (const id of own) if (id.startsWith("p-")) photos.add(`${path}#${id}`);
    for (const [, tag = "", attributes = ""] of text.matchAll(/<(a|link|img)\b([^>]*)>/g)) {
      const [, address = ""] = /(?:href|src)="([^"]*)"/.exec(attributes) ?? [];
      const url = new URL(address.replaceAll("&amp;", "&"), `site:///${path}`);
      if (url.protocol !== "site:") {
        (tag === "a" ? foreign.links : foreign.loads).add(url.href);
        continue;
      }
      const to = url.pathname.slice(1);
      if (tag !== "a" || !to.endsWith(".html")) assets.add(to);
      else {
        waiting.push(to);
        if (url.hash !== "") fragments.push({ page: path, path: to, id: url.hash.slice(1) });
        if (url.hash.startsWith("#p-")) photos.add(to + url.hash);
      }
    }
  }
  for (const path of assets) if ((await read(path)) === undefined) broken.push(path);
  for (const { page, path, id } of fragments) {
    if (ids.get(path)?.has(id) === false) broken.push(`${page} -> ${path}#${id}`);
  }
  return { pages, assets, photos, broken, foreign };
}
