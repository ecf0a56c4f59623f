/** What the test's Flickr remembers: keys, tokens, photos. */
import { randomBytes, randomInt } from "node:crypto";
import type { Form } from "./flickr-form.ts";
import type { FlickrPhoto, FlickrServerOptions } from "./flickr-server.ts";
import { Refused } from "./flickr-signature.ts";

export interface Token {
  readonly kind: "request" | "access";
  readonly token: string;
  readonly tokenSecret: string;
  readonly callback?: string;
  perms: string;
  verifier?: string;
}

export interface Photoset {
  readonly id: string;
  readonly title: string;
  readonly photoIds: string[];
}

export interface Entry {
  photo: FlickrPhoto;
  searchLag: number;
  listLag: number;
  changeLag: number;
}

export type Ledger = ReturnType<typeof openLedger>;

const WRITES = new Set(["write", "delete"]);

export function openLedger(options: FlickrServerOptions) {
  // With every character that has a meaning somewhere between here and the signature.
  const account = {
    apiKey: `key-${randomBytes(8).toString("hex")}`,
    apiSecret: `not-a-real&secret/+=${randomBytes(8).toString("hex")}`,
    token: `72157-${randomBytes(8).toString("hex")}`,
    tokenSecret: `not-a-real-token%secret!'()*${randomBytes(8).toString("hex")}`,
    nsid: "21207597@N07",
    username: "Jamal & Fanaian",
  };
  const tokens = new Map<string, Token>();
  const everySecret = [account.apiSecret];
  const entries: Entry[] = [];
  const photos: FlickrPhoto[] = [];
  const photosets: Photoset[] = [];
  const now = options.now ?? Date.now;

  function add(token: Token): Token {
    tokens.set(token.token, token);
    everySecret.push(token.token, token.tokenSecret);
    return token;
  }
  add({ kind: "access", token: account.token, tokenSecret: account.tokenSecret, perms: options.perms ?? "write" });

  return {
    account,
    options,
    tokens,
    entries,
    photos,
    photosets,
    seen: new Set<string>(),
    secrets: (): readonly string[] => everySecret,
    seconds: () => Math.floor(now() / 1000),

    requestToken(callback: string): Readonly<Record<string, string>> {
      if (callback === "") throw new Refused("parameter_absent", "");
      const { token, tokenSecret } = add({ kind: "request", ...freshPair(), callback, perms: "" });
      return { oauth_callback_confirmed: "true", oauth_token: token, oauth_token_secret: tokenSecret };
    },

    /** The person says yes. */
    signIn(requestToken: string, perms: string): { readonly callback: string; readonly verifier: string } {
      const asked = tokens.get(requestToken);
      if (asked?.kind !== "request") throw new Error("no such request token");
      const digits = String(randomInt(1e8, 1e9));
      asked.verifier =
        asked.callback === "oob" ? digits.replace(/(\d{3})(\d{3})/, "$1-$2-") : randomBytes(8).toString("hex");
      asked.perms = perms;
      everySecret.push(asked.verifier);
      return { callback: asked.callback ?? "", verifier: asked.verifier };
    },

    accessToken(asked: Token, verifier: string): Readonly<Record<string, string>> {
      if (asked.kind !== "request") throw new Refused("token_rejected", "");
      if (asked.verifier === undefined || asked.verifier !== verifier) throw new Refused("verifier_invalid", "");
      tokens.delete(asked.token);
      const { token, tokenSecret } = add({ kind: "access", ...freshPair(), perms: asked.perms });
      return {
        fullname: "Jamal Fanaian",
        oauth_token: token,
        oauth_token_secret: tokenSecret,
        user_nsid: account.nsid,
        username: account.username,
      };
    },

    revoke(): void {
      for (const [name, { kind }] of tokens) if (kind === "access") tokens.delete(name);
    },

    /** Keeps an uploaded photo; returns the inside of the answer. */
    keep({ perms }: Token, { fields, file }: Form): string {
      if (!WRITES.has(perms)) return '<err code="99" msg="Insufficient permissions" />';
      if (!file) return '<err code="2" msg="No photo specified" />';
      if (file.bytes === 0) return '<err code="4" msg="Filesize was zero" />';
      const twin = photos.find(({ sha256 }) => sha256 === file.sha256);
      if (twin && fields["dedup_check"] === "1") {
        return `<err code="9" msg="Duplicate photo/video detected" /><duplicate_photo_id>${twin.id}</duplicate_photo_id><duplicate_photo_status>1</duplicate_photo_status>`;
      }
      const photo: FlickrPhoto = {
        id: String(54_000_000_000 + photos.length),
        ...file,
        fields,
        tags: tagsIn(fields["tags"] ?? ""),
        uploadedAt: Math.floor(now() / 1000),
      };
      const { searchLag = 0, listLag = 0, changeLag = 0 } = options;
      photos.push(photo);
      entries.push({ photo, searchLag, listLag, changeLag });
      return `<photoid secret="5f1a2b" originalsecret="9c8d7e">${photo.id}</photoid>`;
    },

    setDateTaken(entry: Entry, dateTaken: string): void {
      entry.photo = { ...entry.photo, dateTaken };
      photos[entries.indexOf(entry)] = entry.photo;
    },
  };
}

function freshPair(): { readonly token: string; readonly tokenSecret: string } {
  return {
    token: `72157626737672178-${randomBytes(8).toString("hex")}`,
    tokenSecret: `not-a-real-${randomBytes(8).toString("hex")}`,
  };
}

/** As Flickr splits them: at spaces, except between double quotes; a comma ends a tag, too. */
function tagsIn(text: string): readonly string[] {
  return Array.from(text.matchAll(/"([^"]*)"|[^\s,"]+/g), ([whole, quoted]) => quoted ?? whole);
}
