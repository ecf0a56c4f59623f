/** One request to the Library API as a test sees it, the answer it gets, and what may go wrong on purpose. */

export interface GoogleRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** `X-Goog-Upload-Command`. */
  readonly command: string | undefined;
  /** Bytes of the body that arrived. */
  readonly bytes: number;
  /** The body, where it is JSON or a form. */
  readonly json: unknown;
  /** Status that was answered; undefined where nothing was. */
  readonly status: number | undefined;
}

export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** An object becomes JSON. */
  readonly body?: string | object;
}

export interface Fault {
  readonly when: (request: GoogleRequest) => boolean;
  /** Once by default. */
  readonly times?: number;
  /**
   * A reply instead of Google's own, without doing anything · `reset`: the connection breaks before a byte is read ·
   * `stall`: the connection stays open and nothing is read ·
   * `commit then reset`: the work is done and nobody is told · `hold`: the same, but the connection stays open and silent ·
   * `cutAfter`: so many bytes of the body arrive, then the connection breaks.
   */
  readonly answer:
    | Reply
    | ((request: GoogleRequest) => Reply | Promise<Reply>)
    | "reset"
    | "stall"
    | "commit then reset"
    | "hold"
    | { readonly cutAfter: number };
  /** Told each time it happens. */
  readonly onHit?: () => void;
}

/** `{"error":{…}}`, as everything but `/v1/uploads` answers. */
export function refusal(
  status: number,
  rpc: string,
  message: string,
  details: readonly object[] = [],
): Reply & { readonly body: object } {
  return { status, body: { error: { code: status, message, status: rpc, ...(details.length > 0 && { details }) } } };
}

/** `{"code":…,"message":…}`, as `/v1/uploads` answers; its type is `text/html` all the same. */
export function flatRefusal(status: number, code: number, message: string): Reply {
  return {
    status,
    headers: { "content-type": "text/html; charset=UTF-8" },
    body: JSON.stringify({ code, message }),
  };
}

export function page(status: number, title: string): Reply {
  return {
    status,
    headers: { "content-type": "text/html; charset=UTF-8" },
    body: `<!DOCTYPE html>\n<html lang=en><meta charset=utf-8><title>${title}</title><p>Your client has issued a malformed or illegal request.</html>`,
  };
}
