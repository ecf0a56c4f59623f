/** What Google hands back through the browser: an address with a code, or the code alone. */

export interface Redirect {
  /** Empty where there is none in it. */
  readonly code: string;
  /** Only of an address: its query, and the address without it, which the exchange must name again. */
  readonly params?: URLSearchParams;
  readonly redirectUri?: string;
}

/** The address that stood for "show the code on a page", for codes that came without one. */
export const OUT_OF_BAND = "urn:ietf:wg:oauth:2.0:oob";

/** Reads what a person pasted. */
export function codeIn(pasted: string): Redirect {
  const text = pasted.trim().replaceAll(/^["'<]+|["'>]+$/g, "");
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") return { code: decoded(text) };
  return {
    code: url.searchParams.get("code") ?? "",
    params: url.searchParams,
    redirectUri: `${url.origin}${url.pathname}`,
  };
}

/** Codes begin `4/`, which an address bar shows as `4%2F`. */
function decoded(code: string): string {
  try {
    return decodeURIComponent(code);
  } catch {
    return code;
  }
}
