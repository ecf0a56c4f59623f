import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { signInToFlickr } from "../../../src/destinations/flickr/sign-in.ts";
import type { SignInOptions } from "../../../src/destinations/flickr/sign-in.ts";
import { failureOf } from "../../conformance/destination.ts";
import { startFlickrServer } from "../../support/flickr-server.ts";
import type { FlickrServer, FlickrServerOptions } from "../../support/flickr-server.ts";

interface Sitting {
  readonly server: FlickrServer;
  /** What the person was told so far. */
  readonly said: readonly string[];
  readonly options: SignInOptions;
  readonly stop: AbortController;
  /** The page that the person was told to open. */
  readonly page: () => URL;
  readonly requestToken: () => string;
}

/** A person at a terminal who types what `types` returns. */
async function sit(
  body: (sitting: Sitting) => Promise<void>,
  {
    types = ({ server, requestToken }) => server.authorise(requestToken()),
    served = {},
  }: { types?: (sitting: Sitting) => string; served?: FlickrServerOptions } = {},
): Promise<void> {
  const server = await startFlickrServer(served);
  const said: string[] = [];
  const stop = new AbortController();
  const page = (): URL => {
    const address = said.join("\n").match(/http:\S+authorize\S+/)?.[0];
    assert.ok(address, "no page was named");
    return new URL(address);
  };
  const sitting: Sitting = {
    server,
    said,
    stop,
    page,
    requestToken: () => page().searchParams.get("oauth_token") ?? "",
    options: {
      apiKey: server.apiKey,
      apiSecret: server.apiSecret,
      baseUrl: server.url,
      callback: "oob",
      signal: AbortSignal.any([stop.signal, AbortSignal.timeout(10_000)]),
      say: (text) => said.push(text),
      ask: async () => types(sitting),
    },
  };
  try {
    await body(sitting);
  } finally {
    await server.close();
  }
}

/** Waits until the person was told which page to open. */
async function told({ said }: Sitting, signingIn: Promise<unknown>): Promise<void> {
  while (!said.join().includes("authorize")) {
    await Promise.race([signingIn, new Promise((resolve) => setImmediate(resolve))]);
  }
}

describe("signing in to Flickr with a code", () => {
  it("ends with a token that works, the account's name and its id", () =>
    sit(async ({ options, server, said }) => {
      const credentials = await signInToFlickr(options);
      assert.notEqual(credentials.token, server.token);
      assert.equal(credentials.username, "Jamal & Fanaian");
      assert.equal(credentials.nsid, "21207597@N07");
      assert.match(said.at(-1) ?? "", /as Jamal & Fanaian/);
      assert.deepEqual(
        server.requests.map(({ call }) => call),
        [
          "request_token",
          "access_token",
          "flickr.test.login",
          "flickr.auth.oauth.checkToken",
          "flickr.people.getUploadStatus",
        ],
      );
    }));

  it("begins with who gets an API key, and where", () =>
    sit(async ({ options, said }) => {
      await signInToFlickr(options);
      assert.match(said[0] ?? "", /Flickr Pro/);
      assert.match(said[0] ?? "", /https:\/\/www\.flickr\.com\/services\/apps\/create/);
    }));

  it("asks for the right to add photos and not for more", () =>
    sit(async (sitting) => {
      await signInToFlickr(sitting.options);
      assert.equal(sitting.page().searchParams.get("perms"), "write");
    }));

  for (const [how, retyped] of [
    ["as it is shown", (code: string) => code],
    ["without its dashes", (code: string) => code.replaceAll("-", "")],
    ["with blanks", (code: string) => ` ${code.replaceAll("-", " ")}\n`],
  ] as const) {
    it(`takes the code ${how}`, () =>
      sit(async ({ options }) => void (await signInToFlickr(options)), {
        types: ({ server, requestToken }) => retyped(server.authorise(requestToken())),
      }));
  }

  it("warns of a free account", () =>
    sit(
      async ({ options, said }) => {
        await signInToFlickr(options);
        assert.match(said.at(-1) ?? "", /free Flickr account/);
      },
      { served: { pro: false } },
    ));

  for (const [what, typed, code] of [
    ["a wrong code", "000-000-000", "SIGN_IN_NEEDED"],
    ["no code", "  ", "SIGN_IN_NEEDED"],
  ] as const) {
    it(`fails with ${what}`, () =>
      sit(
        async ({ options, server }) => {
          const error = await failureOf(signInToFlickr(options), server.secrets());
          assert.equal(error.code, code);
          assert.match(error.hint ?? "", /photolog auth flickr/);
        },
        {
          types({ server, requestToken }) {
            server.authorise(requestToken());
            return typed;
          },
        },
      ));
  }

  it("fails when the person lets photolog only look", () =>
    sit(
      async ({ options, server }) => {
        const error = await failureOf(signInToFlickr(options), server.secrets());
        assert.equal(error.code, "SIGN_IN_NEEDED");
      },
      { types: ({ server, requestToken }) => server.authorise(requestToken(), "read") },
    ));

  it("tells a wrong key from a wrong secret, and shows neither", () =>
    sit(async ({ options, server }) => {
      const key = await failureOf(signInToFlickr({ ...options, apiKey: "other-key" }), server.secrets());
      assert.equal(key.code, "SERVICE_MISCONFIGURED");
      assert.match(key.hint ?? "", /FLICKR_API_KEY/);
      const secret = await failureOf(signInToFlickr({ ...options, apiSecret: "other-not-a-real-secret" }), [
        ...server.secrets(),
        "other-not-a-real-secret",
      ]);
      assert.equal(secret.code, "SIGN_IN_NEEDED");
      assert.match(secret.hint ?? "", /FLICKR_API_SECRET/);
    }));

  for (const when of ["request_token", "access_token"]) {
    it(`fails when something that is not Flickr answers for ${when}`, () =>
      sit(async ({ options, server }) => {
        void server.fault({ when, answer: { status: 200, body: "<html>Welcome to the hotel</html>" } });
        const error = await failureOf(signInToFlickr(options), server.secrets());
        assert.equal(error.code, "OUTCOME_UNKNOWN");
      }));

    it(`fails without quoting Flickr's debugging text of ${when}`, () =>
      sit(async ({ options, server }) => {
        void server.fault({ when, answer: { problem: "token_rejected" } });
        const error = await failureOf(signInToFlickr(options), [...server.secrets(), "debug_sbs"]);
        assert.equal(error.code, "SIGN_IN_NEEDED");
      }));
  }

  it("fails clearly when Flickr cannot be reached", () =>
    sit(async ({ options, server }) => {
      await server.close();
      assert.equal((await failureOf(signInToFlickr(options), server.secrets())).code, "SERVICE_UNREACHABLE");
    }));
});

describe("signing in to Flickr with a browser on this machine", () => {
  it("takes the code from the browser and tells the person that the page may be closed", () =>
    sit(async (sitting) => {
      const signingIn = signInToFlickr({ ...sitting.options, callback: "loopback" });
      await told(sitting, signingIn);
      const page = await fetch(sitting.page());
      assert.equal(page.status, 200);
      assert.match(await page.text(), /close this page/);
      assert.match(page.url, /^http:\/\/127\.0\.0\.1:\d+\/flickr\/callback\?/);
      assert.equal((await signingIn).username, "Jamal & Fanaian");
    }));

  it("turns away a code that belongs to another sign-in, and any other request, and goes on waiting", () =>
    sit(async (sitting) => {
      const signingIn = signInToFlickr({ ...sitting.options, callback: "loopback" });
      await told(sitting, signingIn);
      const callback = new URL(sitting.server.requests[0]?.fields["oauth_callback"] ?? "");
      for (const path of ["/favicon.ico", callback.pathname, `${callback.pathname}?oauth_token=x&oauth_verifier=y`]) {
        const answer = await fetch(new URL(path, callback));
        assert.equal(answer.status, 404);
        assert.doesNotMatch(await answer.text(), /close this page/);
      }
      await (await fetch(sitting.page())).text();
      await signingIn;
    }));

  it("ends when it is told to stop, and listens no longer", () =>
    sit(async (sitting) => {
      const { stop, server } = sitting;
      const signingIn = signInToFlickr({ ...sitting.options, callback: "loopback" });
      await told(sitting, signingIn);
      stop.abort();
      await assert.rejects(signingIn, (error) => error === stop.signal.reason);
      await assert.rejects(fetch(server.requests[0]?.fields["oauth_callback"] ?? ""));
    }));
});
