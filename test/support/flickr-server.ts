/**
 * A small server that speaks Flickr's protocol, strictly: every signature is recomputed by another implementation of OAuth,
 * for Flickr's own addresses; nonces and times are checked; photos are kept as their checksum and size.
 */
import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { answerMethod } from "./flickr-methods.ts";
import { readForm } from "./flickr-form.ts";
import type { Form } from "./flickr-form.ts";
import { openLedger } from "./flickr-ledger.ts";
import type { Ledger, Photoset } from "./flickr-ledger.ts";
import { Refused, verifySignature } from "./flickr-signature.ts";

export interface FlickrServerOptions {
  /** How many searches a photo stays out of the index. */
  readonly searchLag?: number;
  /** How many lists of somebody's photos do not show it. */
  readonly listLag?: number;
  /** How many changes find no such photo after it was uploaded. */
  readonly changeLag?: number;
  readonly perms?: string;
  readonly pro?: boolean;
  /** Photos on one page, whatever is asked for. */
  readonly pageSize?: number;
  /** Milliseconds since the epoch; what signatures are compared with. */
  readonly now?: () => number;
  /** Seconds by which a signature's time may differ. */
  readonly tolerance?: number;
}

export interface FlickrPhoto {
  readonly id: string;
  readonly sha256: string;
  readonly bytes: number;
  /** As the file part gave them. */
  readonly filename: string;
  readonly mime: string;
  /** Every other part, as received. */
  readonly fields: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
  /** Seconds since the epoch. */
  readonly uploadedAt: number;
  readonly dateTaken?: string;
}

/** `upload`, `request_token`, `access_token`, a method's name, or `any`. */
export interface Fault {
  readonly when: string;
  /** How often; once unless given. */
  readonly times?: number;
  /** Do what was asked before answering otherwise. */
  readonly stored?: true;
  /** Before the body has been read. */
  readonly early?: true;
  readonly answer:
    | { readonly fail: number; readonly message?: string; readonly inner?: string }
    | { readonly problem: string }
    | { readonly status: number; readonly body?: string; readonly headers?: Readonly<Record<string, string>> }
    | "reset"
    | "hang";
}

export interface FlickrServer {
  readonly url: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly token: string;
  readonly tokenSecret: string;
  readonly nsid: string;
  readonly username: string;
  /** Oldest first; two copies of the same bytes are two. */
  readonly photos: readonly FlickrPhoto[];
  readonly photosets: readonly Photoset[];
  /** A person does, in her browser. */
  deletePhotoset(title: string): void;
  /** What was asked, oldest first, refused or not. */
  readonly requests: readonly { readonly call: string; readonly fields: Readonly<Record<string, string>> }[];
  /** Everything that no message may show, of every sign-in so far. */
  secrets(): readonly string[];
  /** What the person at the browser does: returns the code that Flickr's page shows. */
  authorise(requestToken: string, perms?: string): string;
  revoke(): void;
  /** Resolves when the fault has met its first request. */
  fault(fault: Fault): Promise<void>;
  clearFaults(): void;
  /** Rejects where a request was one that no Flickr understands. */
  close(): Promise<void>;
}

interface ArmedFault {
  readonly fault: Fault;
  left: number;
  met(): void;
}

export async function startFlickrServer(options: FlickrServerOptions = {}): Promise<FlickrServer> {
  const ledger = openLedger(options);
  const faults: ArmedFault[] = [];
  let broken: unknown;
  const requests: { call: string; fields: Readonly<Record<string, string>> }[] = [];

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      // A client that went away needs no answer.
      if (request.readableAborted) return;
      broken = error;
      response.destroy();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    response.sendDate = false;
    const { pathname, searchParams } = new URL(request.url ?? "/", url);
    if (pathname === "/services/oauth/authorize") return showSignIn(searchParams, response);
    const early = takeFault(faults, callOf(pathname, searchParams.get("method")), true);
    if (early) {
      // Taken from the wire all the same: a connection closed on unread bytes would lose the answer.
      request.resume();
      return answerFault(response, early.answer, { call: "upload", ledger });
    }

    const form = await readForm(request, searchParams);
    const call = callOf(pathname, form.fields["method"]);
    requests.push({ call, fields: form.fields });
    response.setHeader("date", new Date(ledger.seconds() * 1000).toUTCString());
    const fault = takeFault(faults, call, false);
    if (fault && !fault.stored) return answerFault(response, fault.answer, { call, ledger });
    const answered = answerOf(ledger, { call, method: request.method ?? "GET", pathname, form });
    if (fault) return answerFault(response, fault.answer, { call, ledger });
    response.writeHead(answered.status, { "content-type": answered.type }).end(answered.body);
  }

  function showSignIn(query: URLSearchParams, response: ServerResponse): void {
    const { callback, verifier } = ledger.signIn(query.get("oauth_token") ?? "", query.get("perms") ?? "read");
    if (callback === "oob") {
      response.writeHead(200, { "content-type": "text/html" }).end(`<p>${verifier}</p>`);
      return;
    }
    const location = new URL(callback);
    location.searchParams.set("oauth_token", query.get("oauth_token") ?? "");
    location.searchParams.set("oauth_verifier", verifier);
    response.writeHead(302, { location: location.href }).end();
  }

  return {
    url,
    ...ledger.account,
    photos: ledger.photos,
    photosets: ledger.photosets,
    deletePhotoset(title) {
      const left = ledger.photosets.filter((set) => set.title !== title);
      ledger.photosets.splice(0, ledger.photosets.length, ...left);
    },
    requests,
    secrets: () => ledger.secrets(),
    authorise: (requestToken, perms = "write") => ledger.signIn(requestToken, perms).verifier,
    revoke: () => ledger.revoke(),
    fault(fault) {
      return new Promise((met) => faults.push({ fault, left: fault.times ?? 1, met }));
    },
    clearFaults() {
      faults.length = 0;
    },
    async close() {
      server.closeAllConnections();
      if (!server.listening) return;
      server.close();
      await once(server, "close");
      if (broken !== undefined) throw broken;
    },
  };
}

function callOf(pathname: string, method: string | null | undefined): string {
  return pathname === "/services/rest" ? (method ?? "") : (pathname.split("/").at(-1) ?? "");
}

function takeFault(faults: ArmedFault[], call: string, early: boolean): Fault | undefined {
  const armed = faults.find(
    ({ fault, left }) => left > 0 && (fault.when === call || fault.when === "any") && (fault.early ?? false) === early,
  );
  if (!armed) return undefined;
  armed.left--;
  armed.met();
  return armed.fault;
}

interface Answered {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

interface Asked {
  readonly call: string;
  readonly method: string;
  readonly pathname: string;
  readonly form: Form;
}

function answerOf(ledger: Ledger, { call, method, pathname, form }: Asked): Answered {
  try {
    const signed = verifySignature(ledger, { method, pathname, fields: form.fields });
    if (call === "request_token") return formAnswer(ledger.requestToken(form.fields["oauth_callback"] ?? ""));
    if (call === "access_token") return formAnswer(ledger.accessToken(signed, form.fields["oauth_verifier"] ?? ""));
    if (call === "upload") return xmlAnswer(ledger.keep(signed, form));
    return jsonAnswer(answerMethod(ledger, { call, method, perms: signed.perms, fields: form.fields }));
  } catch (error) {
    if (error instanceof Refused) return { status: 401, type: "text/plain", body: error.body };
    throw error;
  }
}

interface Faulty {
  readonly call: string;
  readonly ledger: Ledger;
}

function answerFault(response: ServerResponse, answer: Fault["answer"], { call, ledger }: Faulty): void {
  if (answer === "hang") return;
  if (answer === "reset") {
    response.socket?.resetAndDestroy();
    return;
  }
  if ("status" in answer) {
    response.writeHead(answer.status, { "content-type": "text/html", ...answer.headers }).end(answer.body ?? "");
    return;
  }
  if ("problem" in answer) {
    const { body } = new Refused(answer.problem, `POST&&oauth_token%3D${ledger.account.token}`);
    response.writeHead(401, { "content-type": "text/plain" }).end(body);
    return;
  }
  const { fail, message = "Made up for a test", inner = "" } = answer;
  const { status, type, body } =
    call === "upload"
      ? xmlAnswer(`<err code="${fail}" msg="${message}" />${inner}`)
      : jsonAnswer({ stat: "fail", code: fail, message });
  response.writeHead(status, { "content-type": type }).end(body);
}

function xmlAnswer(inner: string): Answered {
  const stat = inner.startsWith("<err") ? "fail" : "ok";
  const body = `<?xml version="1.0" encoding="utf-8" ?>\n<rsp stat="${stat}">\n${inner}\n</rsp>\n`;
  return { status: 200, type: "text/xml; charset=utf-8", body };
}

function jsonAnswer(answer: object): Answered {
  return { status: 200, type: "application/json", body: JSON.stringify(answer) };
}

function formAnswer(fields: Readonly<Record<string, string>>): Answered {
  return { status: 200, type: "text/plain", body: new URLSearchParams(fields).toString() };
}
