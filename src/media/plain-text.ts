/** A text out of a file, fit to be shown: no control or formatting characters, single spaces, not too long. */
export function plainText(text: string, most = 200): string {
  const line = text.replace(/[\p{C}\p{Z}]+/gu, " ").trim();
  return Array.from(line).slice(0, most).join("").trim();
}
