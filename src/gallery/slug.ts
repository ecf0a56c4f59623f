/** Names for tags in addresses. */
import { createHash } from "node:crypto";

/** Not allowed as the name of a folder on Windows. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * `vegas` for `vegas`, `las-vegas-1f0c6e2d` for `Las Vegas`: letters, digits and dashes only. A tag that is not its own
 * slug carries a piece of its checksum, so that two tags never share an address, whatever other tags there are.
 */
export function slugOf(tag: string): string {
  const plain = tag
    .normalize("NFKD")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-|-$/g, "");
  if (plain !== "" && plain === tag && !RESERVED.test(plain)) return plain;
  const code = createHash("sha256").update(tag).digest("hex").slice(0, 8);
  return plain === "" ? code : `${plain}-${code}`;
}
