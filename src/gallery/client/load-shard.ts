/** Gets the pieces that pages from a folder can get too: scripts that hand a value over by its name. */

const waiting = new Map<string, (value: unknown) => void>();
const known = new Map<string, Promise<unknown>>();

(globalThis as { photologPiece?: (name: string, value: unknown) => void }).photologPiece = (name, value) =>
  waiting.get(name)?.(value);

/** `name` is what the piece calls itself, `address` where it lies. Rejects where it cannot be had. */
export function loadShard<T>(name: string, address: string): Promise<T> {
  let loading = known.get(address);
  if (loading === undefined) {
    loading = new Promise((resolve, reject) => {
      waiting.set(name, resolve);
      const element = document.createElement("script");
      element.src = address;
      element.addEventListener("load", () => element.remove());
      element.addEventListener("error", () => {
        known.delete(address);
        reject(new Error(`${address} cannot be loaded.`));
      });
      document.head.append(element);
    });
    known.set(address, loading);
  }
  return loading as Promise<T>;
}
