import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, beforeEach, describe, it } from "node:test";
import type { GoogleCredentials } from "../../../src/credentials.ts";
import { signInToGoogle } from "../../../src/destinations/google-photos/sign-in.ts";
import type { GoogleSignInOptions } from "../../../src/destinations/google-photos/sign-in.ts";
import { failureOf } from "../../conformance/destination.ts";
import { APPEND, EMAIL, READ } from "../../support/google-accounts.ts";
import type { Consent } from "../../support/google-accounts.ts";
import { refusal } from "../../support/google-exchange.ts";
import { startGoogleServer } from "../../support/google-server.ts";
import type { GoogleServer } from "../../support/google-server.ts";
import { faultMet, isStart, isToken } from "../../support/open-google-photos.ts";

interface Dialogue {
  readonly outcome: Promise<GoogleCredentials>;
  /** The page that the person is asked to open. */
  readonly page: Promise<string>;
  /** What she was told so far. */
  readonly said: readonly string[];
  /** Types a line at the next question. */
  readonly type: (line: string) => void;
  readonly stop: AbortController;
}

describe("signing in to Google", () => {
  let server: GoogleServer;
  const open: AbortController[] = [];
  before(async () => {
    server = await startGoogleServer();
  });
  after(() => server.close());
  beforeEach(() => server.clearFaults());
  afterEach(() => {
    for (const stop of open.splice(0)) stop.abort();
  });

  function signIn(given: Partial<GoogleSignInOptions> = {}): Dialogue {
    const said: string[] = [];
    const lines: string[] = [];
    let asking: ((line: string) => void) | undefined;
    const { promise: page, resolve: onPage } = Promise.withResolvers<string>();
    const stop = new AbortController();
    open.push(stop);
    const { clientId, clientSecret, authUrl, tokenUrl, baseUrl } = server;
    const outcome = signInToGoogle({
      clientId,
      clientSecret,
      authUrl,
      tokenUrl,
      baseUrl,
      say(text) {
        said.push(text);
        const url = /^http\S+\/auth\?\S+$/m.exec(text)?.[0];
        if (url !== undefined) onPage(url);
      },
      ask(_question, signal) {
        const line = lines.shift();
        if (line !== undefined) return Promise.resolve(line);
        return new Promise((resolve, reject) => {
          asking = resolve;
          signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        });
      },
      isSeen: true,
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]),
      ...given,
    });
    // Each test looks at it in its own time.
    outcome.catch(() => undefined);
    return {
      outcome,
      page,
      said,
      stop,
      type(line) {
        if (asking) asking(line);
        else lines.push(line);
        asking = undefined;
      },
    };
  }

  /** The person's browser goes all the way, to the address on this machine. */
  async function browse(page: string, consent?: Consent): Promise<Response> {
    return fetch(await server.consent(page, consent));
  }

  it("works by a browser on this machine, which is told the truth", async () => {
    const { outcome, page, said } = signIn();
    const answer = await browse(await page);
    const { refreshToken, accessToken, scope, account, expiresAt, signedInAt } = await outcome;
    assert.equal(account, "ansel@example.com");
    assert.deepEqual(new Set(scope?.split(" ")), new Set([APPEND, READ, EMAIL]));
    assert.ok(refreshToken !== "" && accessToken !== undefined);
    assert.ok((expiresAt ?? 0) > Date.now() + 3_000_000);
    assert.ok(Math.abs((signedInAt ?? 0) - Date.now()) < 60_000);
    assert.equal(answer.status, 200);
    assert.match(await answer.text(), /You are signed in/);
    assert.equal(said.filter((text) => text.startsWith("You are signed in, but")).length, 0);
  });

  it("says beforehand what to prepare at Google, and how to do it from afar", async () => {
    const { said, page, stop } = signIn();
    await page;
    stop.abort();
    const all = said.join("\n");
    for (const part of ["Desktop app", "Photos Library API", "Publish app", "seven days", "ssh -L", "paste"]) {
      assert.ok(all.includes(part), part);
    }
  });

  it("asks Google with PKCE, a state nobody can guess, and for a lasting permission", async () => {
    const pages = await Promise.all([signIn().page, signIn().page]);
    const [one, two] = pages.map((page) => new URL(page).searchParams);
    assert.ok(one && two);
    assert.equal(one.get("code_challenge_method"), "S256");
    assert.deepEqual([one.get("access_type"), one.get("prompt")], ["offline", "consent"]);
    assert.ok((one.get("state") ?? "").length >= 32);
    for (const name of ["state", "code_challenge"]) assert.notEqual(one.get(name), two.get(name));
    assert.match(one.get("redirect_uri") ?? "", /^http:\/\/127\.0\.0\.1:\d+\/oauth2callback$/);
  });

  it("works by pasting the address of the last page", async () => {
    const { outcome, page, type } = signIn();
    type(`  ${await server.consent(await page)}\n`);
    assert.equal((await outcome).account, "ansel@example.com");
  });

  it("works by pasting the code alone", async () => {
    const { outcome, page, type } = signIn();
    const end = new URL(await server.consent(await page));
    type(encodeURIComponent(end.searchParams.get("code") ?? ""));
    assert.equal((await outcome).account, "ansel@example.com");
  });

  it("asks again where something else was pasted", async () => {
    const { outcome, page, type, said } = signIn();
    const url = await page;
    type("");
    type("what?");
    type(await server.consent(url));
    assert.ok((await outcome).refreshToken);
    assert.equal(said.filter((text) => /neither the address/.test(text)).length, 1);
  });

  it("works by the browser where nobody can type", async () => {
    const { outcome, page } = signIn({ ask: () => Promise.reject(new Error("The input has ended.")) });
    await browse(await page);
    assert.ok((await outcome).refreshToken);
  });

  it("does not wait where nobody sees the page's address either", async () => {
    const { outcome } = signIn({ ask: () => Promise.reject(new Error("The input has ended.")), isSeen: false });
    await assert.rejects(outcome, /The input has ended/);
  });

  it("turns away a browser with another state, and goes on waiting", async () => {
    const { outcome, page } = signIn();
    const url = await page;
    const end = new URL(await server.consent(url));
    for (const state of ["x", ""]) {
      const forged = new URL(end);
      forged.searchParams.set("state", state);
      assert.equal((await fetch(forged)).status, 404);
    }
    assert.equal((await fetch(new URL("/favicon.ico", end))).status, 404);
    await fetch(end);
    assert.ok((await outcome).refreshToken);
  });

  it("turns away a pasted address with another state", async () => {
    const { outcome, page, type, said } = signIn();
    const end = await server.consent(await page);
    const forged = new URL(end);
    forged.searchParams.set("state", "x");
    type(forged.href);
    type(end);
    assert.ok((await outcome).refreshToken);
    assert.ok(said.includes("That address belongs to another sign-in. Use the page above."));
  });

  for (const way of ["browser", "pasting"] as const) {
    it(`ends where the person says no (by ${way})`, async () => {
      const { outcome, page, type } = signIn();
      const end = await server.consent(await page, { deny: true });
      assert.match(end, /error=access_denied/);
      const answer = way === "browser" ? fetch(end) : undefined;
      if (way === "pasting") type(end);
      const error = await failureOf(outcome, server.secrets());
      assert.equal(error.code, "SIGN_IN_NEEDED");
      assert.equal(error.exit, 77);
      assert.match(error.message, /did not allow/);
      assert.match(error.hint ?? "", /photolog auth google/);
      if (answer) assert.match(await (await answer).text(), /has failed/);
    });
  }

  it("ends where the box for uploads was not ticked", async () => {
    const { outcome, page } = signIn();
    const answer = browse(await page, { scopes: [READ, EMAIL] });
    const error = await failureOf(outcome, server.secrets());
    assert.equal(error.code, "SIGN_IN_NEEDED");
    assert.match(error.message, /the box for adding to your library was not ticked/);
    assert.match(error.hint ?? "", /Tick every box/);
    assert.match(await (await answer).text(), /has failed/);
  });

  it("does without the other boxes, and without the account's name", async () => {
    const { outcome, page } = signIn();
    const answer = browse(await page, { scopes: [APPEND] });
    const { account, scope } = await outcome;
    assert.deepEqual([account, scope], [undefined, APPEND]);
    await answer;
  });

  it("is refused with the wrong client secret", async () => {
    const { outcome, page } = signIn({ clientSecret: "GOCSPX-wrong-and-not-real" });
    const answer = browse(await page);
    const error = await failureOf(outcome, [...server.secrets(), "GOCSPX-wrong-and-not-real"]);
    assert.equal(error.code, "SERVICE_MISCONFIGURED");
    assert.match(error.hint ?? "", /GPHOTOS_SECRET/);
    await answer;
  });

  it("cannot be done with somebody else's code", async () => {
    const { outcome, page, type } = signIn();
    const other = signIn();
    const code = new URL(await server.consent(await other.page)).searchParams.get("code") ?? "";
    await page;
    type(code);
    assert.equal((await failureOf(outcome, server.secrets())).code, "SIGN_IN_NEEDED");
  });

  it("can be tried again where Google's answer breaks off", async () => {
    server.fault({ when: isToken, answer: "reset" });
    const { outcome, page } = signIn();
    const answer = browse(await page);
    assert.equal((await failureOf(outcome, server.secrets())).code, "SERVICE_UNREACHABLE");
    await answer;
  });

  it("succeeds where the API is switched off, and says what to do", async () => {
    server.fault({
      when: isStart,
      answer: refusal(
        403,
        "PERMISSION_DENIED",
        "Photos Library API has not been used in project 1 before or it is disabled.",
      ),
    });
    const { outcome, page, said } = signIn();
    const answer = browse(await page);
    assert.ok((await outcome).refreshToken);
    assert.match(said.at(-1) ?? "", /You are signed in, but: .*Enable the Photos Library API/);
    await answer;
  });

  it("comes back to the port that was asked for, and says where it is taken", async () => {
    const taken = createServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const error = await failureOf(signIn({ port }).outcome, []);
    assert.deepEqual([error.code, error.exit], ["USAGE", 2]);
    assert.match(error.message, new RegExp(`${port}.*EADDRINUSE`));
    taken.close();
    await once(taken, "close");
    assert.match(new URL(await signIn({ port }).page).searchParams.get("redirect_uri") ?? "", new RegExp(`:${port}/`));
  });

  it("stops when it is told to in the middle of the last check", async () => {
    const asked = faultMet(server, { when: isStart, answer: "hold" });
    const { outcome, page, stop } = signIn();
    const answer = browse(await page);
    await asked;
    stop.abort();
    await assert.rejects(outcome, (error) => error === stop.signal.reason);
    assert.match(await (await answer).text(), /has failed/);
  });

  it("stops when it is told to, and listens no more", async () => {
    const { outcome, page, stop } = signIn();
    const redirectUri = new URL(await page).searchParams.get("redirect_uri") ?? "";
    stop.abort();
    await assert.rejects(outcome, (error) => error === stop.signal.reason);
    await assert.rejects(fetch(redirectUri));
  });
});
