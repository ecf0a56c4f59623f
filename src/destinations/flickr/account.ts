/** Who a token belongs to, and what it allows. */
import { PhotologError } from "../../errors.ts";
import type { Account } from "../destination.ts";
import { foreignAnswer } from "../transport-failures.ts";
import { textAt } from "./answer.ts";
import type { Session } from "./session.ts";

export interface Login {
  /** Flickr's id of a person, as in their photos' addresses: `21207597@N07`. */
  readonly nsid: string;
  readonly name: string;
}

export interface Signed {
  readonly name: string;
  readonly token: string;
  /** Waits as long as Flickr likes between two calls. */
  readonly pause: () => Promise<void>;
}

export async function loginOf(session: Session, signal: AbortSignal): Promise<Login> {
  const answer = await session.call("flickr.test.login", {}, signal);
  const nsid = textAt(answer, "user", "id");
  if (nsid === undefined || !/^[\w@-]+$/.test(nsid)) throw foreignAnswer("Flickr", 200);
  return { nsid, name: textAt(answer, "user", "username") ?? nsid };
}

/** Rejects with `SIGN_IN_NEEDED` where the token lacks the right to add photos. */
export async function accountOf(
  session: Session,
  { name, token, pause }: Signed,
  signal: AbortSignal,
): Promise<Account> {
  await pause();
  const rights = await session.call("flickr.auth.oauth.checkToken", { oauth_token: token }, signal);
  const perms = textAt(rights, "oauth", "perms");
  if (perms !== "write" && perms !== "delete") {
    throw new PhotologError("SIGN_IN_NEEDED", `Flickr lets photolog only ${perms ?? "look"}, not add photos.`, {
      hint: "Run `photolog auth flickr` again and allow it to add photos.",
    });
  }
  await pause();
  const status = await session.call("flickr.people.getUploadStatus", {}, signal);
  return { name, warnings: textAt(status, "user", "ispro") === "0" ? [FREE] : [] };
}

/** https://www.flickrhelp.com/hc/en-us/articles/13690320471060 */
const FREE =
  "This is a free Flickr account: it holds 1000 photos and videos, 50 of them private, and photolog uploads privately.";
