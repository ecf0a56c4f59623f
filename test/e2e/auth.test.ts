import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { BIN, type Home, makeHome, type Run, runPhotolog } from "../support/photolog.ts";
import { startServices } from "../support/services.ts";
import { temporaryFolder } from "../support/temporary.ts";

async function open() {
  const folder = await temporaryFolder();
  const home = await makeHome(folder);
  const services = await startServices();
  const { FLICKR_APP_TOKEN: _1, FLICKR_APP_SECRET: _2, GPHOTOS_REFRESH_TOKEN: _3, ...settings } = services.settings;
  const file = join(folder, "settings.yaml");
  await writeFile(
    file,
    JSON.stringify({ DB_FILE: join(folder, "photolog.db"), UPLOAD_FOLDER: join(folder, "spool"), ...settings }),
  );
  const credentials = join(folder, "credentials.json");
  return { ...services, folder, home, file, credentials };
}

/** Runs a command that asks something; `answer` is given the address it shows, and returns what to type, if anything. */
async function converse(
  home: Home,
  args: readonly string[],
  answer: (address: string) => Promise<string | undefined>,
): Promise<Run> {
  const child = spawn(process.execPath, [BIN, ...args], { cwd: home.folder, env: home.environment, stdio: "pipe" });
  let stdout = "";
  let stderr = "";
  let answered: Promise<void> | undefined;
  const look = (): void => {
    const address = /https?:\/\/\S+oauth\S+/.exec(stdout + stderr)?.[0];
    if (address === undefined || answered !== undefined) return;
    answered = answer(address).then((line) => void (line !== undefined && child.stdin.write(`${line}\n`)));
  };
  child.stdout.on("data", (chunk: Buffer) => {
    stdout += chunk.toString();
    look();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    look();
  });
  const [code] = (await once(child, "close")) as [number | null];
  await answered;
  return { code, stdout, stderr };
}

test("signing in to Flickr: the code is typed in, the account is named, the token is kept from others", async () => {
  const { flickr, home, file, credentials } = await open();
  const { code, stdout, stderr } = await converse(home, ["auth", "flickr", "--settings", file], (address) =>
    Promise.resolve(flickr.authorise(new URL(address).searchParams.get("oauth_token") ?? "")),
  );
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, new RegExp(`Signed in to Flickr as ${flickr.username}`));
  assert.equal((await stat(credentials)).mode & 0o777, 0o600);
  const kept = JSON.parse(await readFile(credentials, "utf8")) as { flickr: { token: string; tokenSecret: string } };
  for (const secret of [kept.flickr.token, kept.flickr.tokenSecret]) assert.ok(!(stdout + stderr).includes(secret));
  const doctor = await runPhotolog(home, ["doctor", "--settings", file]);
  assert.match(doctor.stdout, new RegExp(`Flickr: signed in as ${flickr.username}`));
});

const ways: Readonly<Record<string, (redirect: string) => Promise<string | undefined>>> = {
  async "the browser comes back by itself"(redirect) {
    assert.equal((await fetch(redirect)).status, 200);
    return undefined;
  },
  "the address is pasted": (redirect) => Promise.resolve(redirect),
};

for (const [way, bring] of Object.entries(ways)) {
  test(`signing in to Google Photos: ${way}`, async () => {
    const { google, home, file, credentials } = await open();
    const { code, stdout, stderr } = await converse(home, ["auth", "google", "--settings", file], async (address) =>
      bring(await google.consent(address)),
    );
    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /Signed in to Google Photos/);
    assert.equal((await stat(credentials)).mode & 0o777, 0o600);
    const kept = JSON.parse(await readFile(credentials, "utf8")) as { google: { refreshToken: string } };
    assert.ok(kept.google.refreshToken.length > 0);
    assert.ok(!(stdout + stderr).includes(kept.google.refreshToken));
    const doctor = await runPhotolog(home, ["doctor", "--settings", file, "--json"]);
    const { findings } = JSON.parse(doctor.stdout) as { findings: { check: string; result: string }[] };
    assert.ok(
      findings.some(({ check, result }) => check === "Google Photos" && result !== "problem"),
      doctor.stdout,
    );
  });
}

test("without keys nothing is asked: what is missing is said, with exit code 78", async () => {
  const { home, folder } = await open();
  const file = join(folder, "empty.yaml");
  await writeFile(file, "PORT: 0\n");
  for (const service of ["flickr", "google"]) {
    const { code, stderr } = await runPhotolog(home, ["auth", service, "--settings", file]);
    assert.equal(code, 78);
    assert.match(stderr, service === "flickr" ? /FLICKR_API_KEY/ : /GPHOTOS_CLIENT_ID/);
  }
});

test("where there is nobody to answer, the command says so instead of waiting", async () => {
  const { home, file } = await open();
  const { code, stderr } = await runPhotolog(home, ["auth", "flickr", "--settings", file]);
  assert.equal(code, 2);
  assert.match(stderr, /terminal/);
});
