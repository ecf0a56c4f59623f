import { randomInt } from "node:crypto";
import { test } from "node:test";
import { crashCampaign } from "../support/crash-campaign.ts";

/** `PHOTOLOG_TEST_KILLS=200 PHOTOLOG_TEST_SEED=7 node --test test/e2e/crash.test.ts` repeats one seed. */
const kills = Number(process.env["PHOTOLOG_TEST_KILLS"] ?? 12);
const seed = Number(process.env["PHOTOLOG_TEST_SEED"] ?? randomInt(10_000));

test(`killed ${kills} times at random instants, every acknowledged photo is everywhere, once`, async (context) => {
  context.diagnostic(`seed ${seed}`);
  await crashCampaign({ kills, seed, say: (line) => context.diagnostic(line) });
});
