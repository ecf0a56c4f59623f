/** Who may speak to the server: whoever knows the API secret, in any of the forms that clients use. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { RateLimiterMemory } from "rate-limiter-flexible";
import { SECRET_HEADER } from "../api.ts";
import { PhotologError } from "../errors.ts";

/** Wrong secrets from one address in one minute, before it has to wait. */
const GUESSES = 15;
const WINDOW_SECONDS = 60;

export type Proof =
  | { readonly form: "md5"; readonly value: string }
  | { readonly form: "bearer"; readonly value: string }
  | { readonly form: "plain"; readonly value: string };

export interface Gate {
  /** Rejects with `NOT_AUTHENTICATED`, or `TOO_MANY_ATTEMPTS` once an address has guessed too often. */
  admit(proof: Proof | undefined, address: string): Promise<void>;
}

export class TooManyAttempts extends PhotologError {
  readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds: number) {
    super("TOO_MANY_ATTEMPTS", "Too many wrong secrets from this address.", {
      hint: `Try again in ${retryAfterSeconds} seconds.`,
    });
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

export function openGate(apiSecret: string): Gate {
  const guesses = new RateLimiterMemory({ points: GUESSES, duration: WINDOW_SECONDS });
  const md5 = createHash("md5").update(apiSecret).digest("hex");
  return {
    async admit(proof, address) {
      if (proof === undefined) throw refused("The API secret is missing.");
      const spent = await guesses.get(address);
      if (spent !== null && spent.consumedPoints >= GUESSES) {
        throw new TooManyAttempts(Math.ceil(spent.msBeforeNext / 1000));
      }
      const right = proof.form === "md5" ? same(proof.value.toLowerCase(), md5) : same(proof.value, apiSecret);
      if (right) return;
      await guesses.penalty(address);
      throw refused("The API secret is wrong.");
    },
  };
}

/** The secret that a request's headers carry; undefined where they carry none. */
export function proofOf(headers: IncomingHttpHeaders): Proof | undefined {
  const md5 = headers[SECRET_HEADER];
  if (typeof md5 === "string") return { form: "md5", value: md5 };
  const bearer = /^Bearer +(.*)$/i.exec(headers.authorization ?? "")?.[1];
  if (bearer !== undefined) return { form: "bearer", value: bearer.trim() };
  return headers.authorization === undefined ? undefined : { form: "bearer", value: headers.authorization };
}

function refused(message: string): PhotologError {
  return new PhotologError("NOT_AUTHENTICATED", message, {
    hint: "Send the API secret: as a bearer token, or its MD5 in the field `secret` or the header X-PHOTOLOG-SECRET.",
  });
}

/** Compares in a time that tells nothing of how much was right, whatever the lengths. */
function same(given: string, expected: string): boolean {
  const digest = (value: string): Buffer => createHmac("sha256", "photolog").update(value).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
