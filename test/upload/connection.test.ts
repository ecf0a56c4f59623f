import assert from "node:assert/strict";
import { test } from "node:test";
import { PhotologError } from "../../src/errors.ts";
import { Connection, type ConnectionOptions } from "../../src/upload/connection.ts";

const lost = (): PhotologError => new PhotologError("SERVER_UNREACHABLE", "Cannot reach it.");

interface Bench {
  readonly connection: Connection;
  readonly waits: number[];
  /** Ends the wait that is going on. */
  readonly goOn: () => void;
}

/** Each wait lasts until the test ends it. */
function bench(options: Partial<ConnectionOptions> = {}): Bench {
  const waits: number[] = [];
  let goOn = (): void => undefined;
  const connection = new Connection({
    signal: new AbortController().signal,
    pause: () => new Promise((resolve) => (goOn = resolve)),
    random: () => 0.5,
    waiting: (_error, ms) => void waits.push(ms),
    resumed: () => undefined,
    ...options,
  });
  return { connection, waits, goOn: () => goOn() };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("all who find the server lost wait together, once", async () => {
  const { connection, waits, goOn } = bench();
  let isUp = false;
  const request = async (tries: number): Promise<number> => {
    if (!isUp) throw lost();
    return tries;
  };
  const all = Promise.all([1, 2, 3, 4].map(() => connection.through(request)));
  await turn();
  assert.deepEqual(waits, [500]);
  isUp = true;
  goOn();
  assert.deepEqual(await all, [1, 1, 1, 1]);
  assert.deepEqual(waits, [500]);
});

test("who comes while others wait waits with them and does not ask the server", async () => {
  const { connection, goOn } = bench();
  let isUp = false;
  let asked = 0;
  const request = async (): Promise<void> => {
    asked++;
    if (!isUp) throw lost();
  };
  const first = connection.through(request);
  await turn();
  const second = connection.through(request);
  await turn();
  assert.equal(asked, 1);
  isUp = true;
  goOn();
  await Promise.all([first, second]);
  assert.equal(asked, 3);
});

test("a request that fails after the others have recovered does not make anybody wait again", async () => {
  const { connection, waits, goOn } = bench();
  let fail = (_error: Error): void => undefined;
  const slow = connection.through((tries) =>
    tries === 0 ? new Promise<string>((_resolve, reject) => (fail = reject)) : Promise.resolve("there"),
  );
  const quick = connection.through(async (tries) => {
    if (tries === 0) throw lost();
    return "there";
  });
  await turn();
  goOn();
  assert.equal(await quick, "there");
  fail(lost());
  assert.equal(await slow, "there");
  assert.deepEqual(waits, [500]);
});

test("every answer starts the back-off anew: a server that is lost often but briefly is never given up", async () => {
  const waits: number[] = [];
  const { connection } = bench({ pause: async () => undefined, waiting: (_error, ms) => void waits.push(ms) });
  for (let n = 0; n < 10; n++) {
    await connection.through(async (tries) => {
      if (tries < 2) throw lost();
    });
  }
  assert.deepEqual(new Set(waits), new Set([500, 1500]));
});

test("the back-off lasts half a minute, more or less by chance, and then the run halts for good", async () => {
  for (const [chance, least, most] of [
    [0, 22_000, 23_000],
    [0.999, 37_000, 38_000],
  ] as const) {
    const { connection, waits } = bench({ pause: async () => undefined, random: () => chance });
    const request = async (): Promise<never> => Promise.reject(lost());
    await assert.rejects(connection.through(request), { code: "HALTED", message: "Cannot reach it." });
    const whole = waits.reduce((sum, ms) => sum + ms, 0);
    assert.ok(whole > least && whole < most, `${whole} ms`);
    let asked = false;
    const late = connection.through(async () => void (asked = true));
    await assert.rejects(late, { code: "HALTED" });
    assert.equal(asked, false);
  }
});

test("one question is put for all who wait, and the answer holds for all", async () => {
  const questions: string[] = [];
  let isUp = false;
  const { connection, waits } = bench({
    delays: [],
    ask: async (error) => {
      questions.push(error.message);
      isUp = questions.length === 2;
      return "resume";
    },
  });
  const request = async (): Promise<string> => {
    if (!isUp) throw lost();
    return "there";
  };
  assert.deepEqual(await Promise.all([1, 2, 3].map(() => connection.through(request))), ["there", "there", "there"]);
  assert.equal(questions.length, 2);
  assert.deepEqual(waits, []);
});

test("a server may ask for a longer wait, but not for any it likes", async () => {
  const asking = (code: "TOO_MANY_ATTEMPTS" | "DRAINING", afterMs: number): PhotologError =>
    new PhotologError(code, "Wait.", { retry: { class: "retry", afterMs } });
  for (const [error, expected] of [
    [asking("TOO_MANY_ATTEMPTS", 60_000), 60_000],
    [asking("TOO_MANY_ATTEMPTS", 999_999_000), 900_000],
    [asking("DRAINING", 10_000), 10_000],
    [asking("DRAINING", 600_000), 30_000],
    [asking("DRAINING", 0), 500],
  ] as const) {
    const { connection, waits } = bench({ pause: async () => undefined });
    await connection.through(async (tries) => {
      if (tries === 0) throw error;
    });
    assert.deepEqual(waits, [expected]);
  }
});

test("what is no lost server is passed on at once", async () => {
  const { connection, waits } = bench();
  for (const error of [
    new PhotologError("NOT_AUTHENTICATED", "No."),
    new PhotologError("TOO_LARGE", "No."),
    new Error("bug"),
  ]) {
    await assert.rejects(
      connection.through(async () => {
        throw error;
      }),
      error,
    );
  }
  assert.deepEqual(waits, []);
});
