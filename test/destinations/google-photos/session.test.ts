import assert from "node:assert/strict";
import { chmod, readFile, rm } from "node:fs/promises";
import { afterEach, beforeEach, describe, it } from "node:test";
import { openCredentials } from "../../../src/credentials.ts";
import type { Destination } from "../../../src/destinations/destination.ts";
import { failureOf } from "../../conformance/destination.ts";
import { acceptPhoto } from "../../support/accept-photo.ts";
import { APPEND, EMAIL, READ } from "../../support/google-accounts.ts";
import { isBatchCreate, isStart, isToken, openTestGooglePhotos } from "../../support/open-google-photos.ts";
import type { OpenedGooglePhotos } from "../../support/open-google-photos.ts";

const DAY = 24 * 3_600_000;

describe("the sign-in at Google", () => {
  let opened: OpenedGooglePhotos;
  const live = (): AbortSignal => AbortSignal.timeout(10_000);
  const renewals = (): number => opened.server.requests.filter(isToken).length;

  beforeEach(async () => {
    opened = await openTestGooglePhotos();
  });
  afterEach(() => opened.close());

  async function deliver(destination: Destination = opened.google): Promise<void> {
    const { photo, original } = await acceptPhoto(opened.folder);
    await destination.deliver(photo, original, live());
  }

  it("is renewed once, keeps its refresh token, and is kept for the next run", async () => {
    const { credentials, server } = opened;
    await deliver();
    await deliver();
    assert.equal(renewals(), 1);
    const stored = await credentials.get("google");
    assert.equal(stored?.refreshToken, server.refreshToken);
    assert.ok(stored.accessToken !== undefined && stored.accessToken !== "");
    assert.ok((stored.expiresAt ?? 0) > Date.now() + 3000_000);
    assert.deepEqual(new Set(stored.scope?.split(" ")), new Set([APPEND, READ, EMAIL]));
    await deliver(opened.reopen());
    assert.equal(renewals(), 1);
  });

  it("is renewed once for all photos that need it at the same time", async () => {
    await Promise.all(Array.from({ length: 8 }, () => deliver()));
    assert.equal(renewals(), 1);
    opened.server.expireAccessTokens();
    await Promise.all(Array.from({ length: 8 }, () => deliver()));
    assert.equal(renewals(), 2);
  });

  it("is renewed some minutes before its access token ends", async () => {
    await deliver();
    await deliver(opened.reopen({ now: () => Date.now() + 54 * 60_000 }));
    assert.equal(renewals(), 1);
    await deliver(opened.reopen({ now: () => Date.now() + 56 * 60_000 }));
    assert.equal(renewals(), 2);
  });

  it("is renewed when Google takes an access token back before its time, and nobody notices", async () => {
    await deliver();
    for (const when of [isStart, isBatchCreate]) {
      opened.server.fault({ when, answer: { status: 401, body: "" } });
      await deliver();
    }
    assert.equal(renewals(), 3);
  });

  it("is not renewed once more for somebody who hears late that the old access token is refused", async () => {
    await deliver();
    opened.server.expireAccessTokens();
    opened.server.fault({
      when: isStart,
      async answer() {
        await deliver();
        return { status: 401 };
      },
    });
    await deliver();
    assert.equal(renewals(), 2);
  });

  it("is asked for once where the token endpoint is in trouble: to wait is for the queue", async () => {
    opened.server.fault({ when: isToken, answer: { status: 503 }, times: 9 });
    const { photo, original } = await acceptPhoto(opened.folder);
    const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    assert.equal(error.code, "SERVICE_BUSY");
    assert.equal(renewals(), 1);
  });

  it("is over when a new access token is refused, too, and not renewed over and over", async () => {
    opened.server.fault({ when: isStart, answer: { status: 401, body: "" }, times: 9 });
    const { photo, original } = await acceptPhoto(opened.folder);
    const error = await failureOf(opened.google.deliver(photo, original, live()), opened.server.secrets());
    assert.equal(error.code, "SIGN_IN_NEEDED");
    assert.equal(opened.server.requests.filter(isStart).length, 2);
    assert.equal(renewals(), 2);
  });

  it("is asked for where there was none", async () => {
    const google = opened.reopen({ credentials: openCredentials(`${opened.folder}/none.json`) });
    const error = await failureOf(google.check(live()), []);
    assert.equal(error.code, "SIGN_IN_NEEDED");
  });

  it("is noticed when a person signs in anew while the server runs", async () => {
    const { server, credentials } = opened;
    await deliver();
    server.revoke();
    const { photo, original } = await acceptPhoto(opened.folder);
    const error = await failureOf(opened.google.deliver(photo, original, live()), server.secrets());
    assert.equal(error.code, "SIGN_IN_NEEDED");
    const refreshToken = await server.grant();
    await openCredentials(credentials.file).put("google", { refreshToken, signedInAt: Date.now() });
    await opened.google.deliver(photo, original, live());
    assert.equal((await credentials.get("google"))?.refreshToken, refreshToken);
  });

  it("of a person who signs in while the old one is being renewed stays", async () => {
    const { server, credentials } = opened;
    const refreshToken = await server.grant();
    server.fault({
      when: isToken,
      async answer() {
        await openCredentials(credentials.file).put("google", { refreshToken, signedInAt: 1 });
        return { status: 200, body: { access_token: "of-the-old-one", expires_in: 3599, token_type: "Bearer" } };
      },
    });
    const { photo, original } = await acceptPhoto(opened.folder);
    await opened.google.deliver(photo, original, live());
    assert.equal((await credentials.get("google"))?.refreshToken, refreshToken);
  });

  it("takes a new refresh token if Google ever gives one", async () => {
    const { server, credentials } = opened;
    const refreshToken = await server.grant();
    server.fault({
      when: isToken,
      answer: {
        status: 200,
        body: {
          access_token: "short",
          expires_in: 0,
          token_type: "Bearer",
          refresh_token: refreshToken,
          scope: APPEND,
        },
      },
    });
    await deliver();
    assert.equal((await credentials.get("google"))?.refreshToken, refreshToken);
  });

  it("from the settings works, and stays in the settings", async () => {
    const { refreshToken } = opened.server;
    const credentials = openCredentials(`${opened.folder}/none.json`);
    // Some servers repeat it at each renewal: that makes it no new one.
    opened.server.fault({
      when: isToken,
      answer: { status: 200, body: { access_token: "short", expires_in: 0, refresh_token: refreshToken } },
    });
    await deliver(opened.reopen({ credentials, refreshToken }));
    assert.equal(renewals(), 2);
    assert.equal(await credentials.get("google"), undefined);
  });

  it("is gone when its file is, also for a server that runs", async () => {
    await deliver();
    await rm(opened.credentials.file);
    const error = await failureOf(opened.google.check(live()), opened.server.secrets());
    assert.deepEqual([error.code, error.message], ["SIGN_IN_NEEDED", "Nobody has signed in to Google Photos yet."]);
  });

  it("that `auth` stored goes before the one in the settings", async () => {
    await deliver(opened.reopen({ refreshToken: "1//of-long-ago" }));
    assert.equal(renewals(), 1);
  });

  for (const [shown, redirectUri] of [
    ["a bare code", "urn:ietf:wg:oauth:2.0:oob"],
    ["the address that the browser ended at", "http://127.0.0.1:9/by-hand"],
  ] as const) {
    it(`from an access code in the settings (${shown}) is exchanged once and kept`, async () => {
      const { server } = opened;
      const query = new URLSearchParams({
        client_id: server.clientId,
        redirect_uri: redirectUri,
        response_type: "code",
        scope: APPEND,
        access_type: "offline",
        prompt: "consent",
      });
      const end = await server.consent(`${server.authUrl}?${query}`);
      const accessCode = shown === "a bare code" ? (new URL(end).searchParams.get("code") ?? "") : end;
      const credentials = openCredentials(`${opened.folder}/none.json`);
      const google = opened.reopen({ credentials, accessCode });
      const accepted = await Promise.all([acceptPhoto(opened.folder), acceptPhoto(opened.folder)]);
      await Promise.all(accepted.map(({ photo, original }) => google.deliver(photo, original, live())));
      assert.equal(renewals(), 1);
      assert.ok((await credentials.get("google"))?.refreshToken);
      server.expireAccessTokens();
      await deliver(opened.reopen({ credentials, accessCode }));
      assert.equal(renewals(), 2);
    });
  }

  it("from an access code that was used already needs a person", async () => {
    const credentials = openCredentials(`${opened.folder}/none.json`);
    const error = await failureOf(opened.reopen({ credentials, accessCode: "4/used-long-ago" }).check(live()), [
      "4/used-long-ago",
    ]);
    assert.equal(error.code, "SIGN_IN_NEEDED");
    assert.match(error.hint ?? "", /photolog auth google/);
  });

  it("works on when it cannot be written down, and says so once", async () => {
    const { folder, credentials } = opened;
    // The file is there and readable; only its folder takes nothing new, as on a full or read-only disk.
    const stubborn = {
      ...credentials,
      put: () => Promise.reject(Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" })),
    };
    const google = opened.reopen({ credentials: stubborn });
    const { photo, original } = await acceptPhoto(folder);
    const error = await failureOf(google.deliver(photo, original, live()), opened.server.secrets());
    assert.deepEqual([error.code, error.retry.class], ["LOCAL_FAULT", "pause"]);
    await google.deliver(photo, original, live());
    assert.equal(renewals(), 1);
  });

  it("names its account and warns in the week that an app in Testing has", async () => {
    const { server, credentials } = opened;
    for (const [days, warned] of [
      [1, false],
      [5, true],
      [6.9, true],
      [8, false],
    ] as const) {
      await credentials.put("google", { refreshToken: server.refreshToken, signedInAt: Date.now() - days * DAY });
      const account = await opened.reopen().check(live());
      assert.equal(account.name, "ansel@example.com");
      assert.equal(account.warnings.length, warned ? 1 : 0);
      if (warned) assert.match(account.warnings[0] ?? "", /^The sign-in is \d days old\..*Publish app/);
    }
  });

  it("is checked without a name where Google does not tell it", async () => {
    const { server, credentials } = opened;
    await credentials.put("google", { refreshToken: await server.grant({ scopes: [APPEND, READ] }) });
    assert.equal((await opened.google.check(live())).name, "a Google account");
    server.fault({ when: ({ path }) => path === "/tokeninfo", answer: { status: 404 } });
    await credentials.put("google", { refreshToken: server.refreshToken, account: "ansel" });
    assert.equal((await opened.google.check(live())).name, "ansel");
  });

  it("without permission to upload needs a person", async () => {
    const { server, credentials } = opened;
    await credentials.put("google", { refreshToken: await server.grant({ scopes: [READ, EMAIL] }) });
    const { photo, original } = await acceptPhoto(opened.folder);
    const attempts = [() => opened.google.deliver(photo, original, live()), () => opened.google.check(live())];
    for (const attempt of attempts) {
      const error = await failureOf(attempt(), server.secrets());
      assert.equal(error.code, "SIGN_IN_NEEDED");
      assert.match(error.hint ?? "", /Tick every box/);
    }
  });

  it("without permission to see its own albums gets a warning where an album is wanted", async () => {
    const { server, credentials } = opened;
    await credentials.put("google", { refreshToken: await server.grant({ scopes: [APPEND] }) });
    assert.deepEqual((await opened.reopen().check(live())).warnings, []);
    assert.match((await opened.reopen({ album: "Photolog" }).check(live())).warnings[0] ?? "", /two of the same title/);
  });

  it("is checked by an upload that leaves nothing behind", async () => {
    const { server } = opened;
    await opened.google.check(live());
    assert.deepEqual(
      server.requests.map(({ path, command }) => command ?? path),
      ["/token", "start", "cancel"],
    );
    assert.deepEqual(server.items, []);
  });

  it("stands in a file that only its owner can read", async () => {
    const { credentials } = opened;
    await chmod(credentials.file, 0o600);
    await deliver();
    assert.match(await readFile(credentials.file, "utf8"), /accessToken/);
  });
});
