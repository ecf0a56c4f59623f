/** Names of towns in addresses. */

/** `sao-paulo` for `São Paulo`: letters, digits and dashes only, and never empty. */
export function townSlug(name: string): string {
  const plain = name
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .slice(0, 60)
    .replace(/^-|-$/g, "");
  // Neither empty, nor the name of a list's page, nor one that Windows keeps for itself.
  return /^(\d*|con|prn|aux|nul|com\d|lpt\d)$/.test(plain) ? `town-${plain}`.replace(/-$/, "") : plain;
}
