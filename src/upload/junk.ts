/** Files and folders that computers, cameras and storage boxes leave among photos. They are skipped, never sent. */

/** Lower case; everything below them is junk as well. */
const FOLDERS = new Set([
  "@eadir",
  "@recycle",
  "#recycle",
  "#snapshot",
  "$recycle.bin",
  "system volume information",
  "lost+found",
  ".spotlight-v100",
  ".trashes",
  ".trash",
  ".fseventsd",
  ".temporaryitems",
  ".documentrevisions-v100",
  ".appledouble",
  ".thumbnails",
  ".dtrash",
]);

/** Lower case. */
const FILES = new Set([
  ".ds_store",
  ".localized",
  ".apdisk",
  ".directory",
  ".nomedia",
  ".picasa.ini",
  "picasa.ini",
  "thumbs.db",
  "ehthumbs.db",
  "desktop.ini",
  "icon\r",
]);

export function isJunkFolder(name: string): boolean {
  return FOLDERS.has(name.toLowerCase()) || /^\.Trash-\d+$/.test(name);
}

/** `._name` is where macOS keeps the resource fork of `name` on a foreign disk; it bears the photo's extension. */
export function isJunkFile(name: string): boolean {
  return name.startsWith("._") || FILES.has(name.toLowerCase());
}
