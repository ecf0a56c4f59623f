/** Answers of Flickr's for every row of its table of failures. */
import { FLICKR_ROWS } from "../../src/destinations/flickr/failures.ts";
import type { FlickrFailureName, FlickrRow } from "../../src/destinations/flickr/failures.ts";
import type { Fault } from "./flickr-server.ts";

export interface Example {
  readonly what: string;
  readonly answer: Exclude<Fault["answer"], string>;
}

export const ROWS: readonly (FlickrRow & { readonly name: FlickrFailureName })[] = FLICKR_ROWS;

export const PAGE = "<!doctype html><title>Welcome to the hotel</title><br>";
const MINUTE = 60_000;

/** Every answer that a row is for. `now` is where our clock stands, milliseconds since the epoch. */
export function examplesOf(
  { codes = [], problems = [], statuses = [], clock }: FlickrRow,
  now: number,
): readonly Example[] {
  const headers = { date: new Date(clock === "wrong" ? now - 6 * MINUTE : now).toUTCString() };
  return [
    ...codes.map((fail) => ({ what: `code ${fail}`, answer: { fail } })),
    ...problems.map((problem) => ({
      what: problem,
      answer: { status: 401, body: `oauth_problem=${problem}&debug_sbs=GET%26not-to-be-shown`, headers },
    })),
    ...statuses.map((status) => ({ what: `HTTP ${status}`, answer: { status, body: PAGE, headers } })),
  ];
}

/** In answer to what a row is met: the upload of a photo, or the question who we are. */
export function metBy({ calls }: FlickrRow): "upload" | "flickr.test.login" {
  return calls?.[0] === "upload" ? "upload" : "flickr.test.login";
}

/** Answers that no row names. */
export const UNLISTED_ANSWERS: Readonly<
  Record<Exclude<FlickrFailureName, (typeof FLICKR_ROWS)[number]["name"]>, Pick<Fault, "when" | "answer">>
> = {
  unlisted: { when: "upload", answer: { fail: 4711, message: "Computer says no" } },
  "address not served": { when: "flickr.test.login", answer: { status: 404, body: PAGE } },
};
