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

for (const service of ["flickr", "google"] as const) {
  test(`with --json stdout has the outcome of auth ${service} and nothing else, and no secret anywhere`, async () => {
    const { flickr, google, home, file, credentials } = await open();
    const { code, stdout, stderr } = await converse(home, ["auth", service, "--settings", file, "--json"], (address) =>
      service === "flickr"
        ? Promise.resolve(flickr.authorise(new URL(address).searchParams.get("oauth_token") ?? ""))
        : google.consent(address),
    );
    assert.equal(code, 0, stderr);
    const { service: name, account, credentials: keptIn, ...more } = JSON.parse(stdout) as Record<string, string>;
    assert.equal(name, service === "flickr" ? "flickr" : "gphotos");
    if (service === "flickr") assert.equal(account, flickr.username);
    assert.equal(keptIn, credentials);
    assert.deepEqual(more, {});
    const kept = Object.values(JSON.parse(await readFile(credentials, "utf8")) as Record<string, object>);
    const secrets = kept.flatMap((one) => Object.entries(one).filter(([key]) => /token/i.test(key)));
    assert.ok(secrets.length > 0);
    for (const [key, secret] of secrets) assert.ok(!(stdout + stderr).includes(String(secret)), key);
  });
}

test("a program may answer before it is asked", async () => {
  const { home, file } = await open();
  const child = spawn(process.execPath, [BIN, "auth", "flickr", "--settings", file, "--json"], {
    cwd: home.folder,
    env: home.environment,
    stdio: ["pipe", "pipe", "ignore"],
  });
  child.stdin.end("123-456-789\n");
  let stdout = "";
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  await once(child, "close");
  // The code is wrong, but it has been taken.
  assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "SIGN_IN_NEEDED");
});

test("with --json refusals are JSON as well", async () => {
  const { home, file, folder } = await open();
  const nobody = await runPhotolog(home, ["auth", "flickr", "--settings", file, "--json"]);
  assert.equal(nobody.code, 2);
  assert.equal((JSON.parse(nobody.stdout) as { error: { code: string } }).error.code, "USAGE");
  const empty = join(folder, "empty.yaml");
  await writeFile(empty, "PORT: 0\n");
  const { code, stdout } = await runPhotolog(home, ["auth", "flickr", "--settings", empty, "--json"]);
  assert.equal(code, 78);
  assert.equal((JSON.parse(stdout) as { error: { code: string } }).error.code, "SETTINGS_WRONG");
});

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
  for (const service of ["flickr", "google"]) {
    const { code, stderr } = await runPhotolog(home, ["auth", service, "--settings", file]);
    assert.equal(code, 2, service);
    assert.match(stderr, /terminal/);
  }
});
