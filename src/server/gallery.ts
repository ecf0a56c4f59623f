/** The gallery as this server shows it, to whoever has signed in with the API secret. */
import cookie from "@fastify/cookie";
import { createHmac } from "node:crypto";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { messageOf, PhotologError } from "../errors.ts";
import type { LiveGallery } from "../gallery/live.ts";
import { type Gate, proofOf } from "./authenticate.ts";
import { signInPage } from "./sign-in-page.ts";

export interface GalleryParts {
  readonly live: LiveGallery;
  readonly title: string;
  readonly gate: Gate;
  readonly apiSecret: string;
  readonly now: () => number;
}

const COOKIE = "photolog";
const SESSION_MS = 30 * 24 * 60 * 60_000;
const LONGEST_FORM = 4096;

export async function galleryRoutes(app: FastifyInstance, parts: GalleryParts): Promise<void> {
  await app.register(cookie, {
    secret: createHmac("sha256", parts.apiSecret).update("gallery sessions").digest("hex"),
  });
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string", bodyLimit: LONGEST_FORM },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  );

  app.post("/sign-in", async (request, reply) => {
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams();
    const next = localPath(form.get("next"));
    try {
      await parts.gate.admit({ form: "plain", value: form.get("secret") ?? "" }, request.ip);
    } catch (error) {
      const status = error instanceof PhotologError ? error.status : 500;
      return askToSignIn(reply, { status, next, problem: messageOf(error) });
    }
    return reply
      .setCookie(COOKIE, String(parts.now() + SESSION_MS), {
        signed: true,
        httpOnly: true,
        sameSite: "strict",
        secure: request.protocol === "https",
        path: "/",
        maxAge: SESSION_MS / 1000,
      })
      .redirect(next, 303);
  });

  app.get("/*", async (request, reply) => {
    const path = request.url.split("?")[0] ?? "/";
    if (!(await isSignedIn(request))) return askToSignIn(reply, { status: 401, next: localPath(path) });
    const page = await parts.live.respond(decoded(path), abortedWith(request));
    return reply
      .code(page.status)
      .type(page.contentType)
      .header("cache-control", `private, ${page.cacheControl}`)
      .header("x-content-type-options", "nosniff")
      .header("referrer-policy", "no-referrer")
      .send(page.body);
  });

  async function isSignedIn(request: FastifyRequest): Promise<boolean> {
    const proof = proofOf(request.headers);
    if (proof !== undefined) {
      await parts.gate.admit(proof, request.ip);
      return true;
    }
    const { valid, value } = request.unsignCookie(request.cookies[COOKIE] ?? "");
    return valid && Number(value) > parts.now();
  }

  function askToSignIn(reply: FastifyReply, ask: { status: number; next: string; problem?: string }): FastifyReply {
    return reply
      .code(ask.status)
      .type("text/html; charset=utf-8")
      .header("cache-control", "no-store")
      .header(
        "content-security-policy",
        "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'",
      )
      .send(signInPage({ title: parts.title, ...ask }));
  }
}

/** Only ever a path of this server: `//elsewhere` and `https:` are not. */
function localPath(path: string | null): string {
  return path !== null && /^\/(?![/\\])[^\p{Cc}]*$/u.test(path) ? path : "/";
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw new PhotologError("NOT_FOUND", "There is nothing here.");
  }
}

function abortedWith(request: FastifyRequest): AbortSignal {
  const controller = new AbortController();
  request.raw.on("close", () => {
    if (!request.raw.complete) controller.abort();
  });
  return controller.signal;
}
