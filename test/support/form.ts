/** What `curl -F` sends. */
export function form(fields: Readonly<Record<string, string | File>>): FormData {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.set(name, value);
  return data;
}

export function file(bytes: Uint8Array, name = "photo.jpg"): File {
  return new File([new Uint8Array(bytes)], name);
}
