/** Lines that come close together go out together: to write each by itself takes about as long as a look at the file it tells of. */
export interface LineWriter {
  line(line: string): void;
  /** Nothing is kept back after this. */
  flush(): void;
}

/** So much is kept back at most, in characters. */
const MOST = 64 * 1024;

/** What is written in one turn of the event loop goes out at its end. */
export function openLineWriter(write: (text: string) => void): LineWriter {
  let kept = "";
  let due: NodeJS.Immediate | undefined;
  const flush = (): void => {
    clearImmediate(due);
    due = undefined;
    const text = kept;
    kept = "";
    if (text !== "") write(text);
  };
  return {
    line(line) {
      kept += `${line}\n`;
      if (kept.length >= MOST) flush();
      else due ??= setImmediate(flush);
    },
    flush,
  };
}
