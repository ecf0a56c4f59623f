/** A run as it looks on a terminal: what is done in bytes, how fast, how long yet, and the photos under way. */
import type { Listr as ListrClass } from "listr2";
import { deliveryText, lineReporter, type Lines } from "./report.ts";
import type { Reporter } from "./reporter.ts";
import type { Found } from "./entry.ts";
import type { SoFar } from "./tally.ts";
import { durationText, oneLine, sizeText } from "./text.ts";

export interface ProgressReporter extends Reporter {
  /** Clears the display, so that something else can have the terminal until `resumed`. */
  pause(): Promise<void>;
}

export interface ProgressOptions extends Lines {
  readonly now: () => number;
  /** Width of the terminal at this moment. */
  readonly columns: () => number;
}

const FRAME_MS = 200;

export async function openProgress(options: ProgressOptions): Promise<ProgressReporter> {
  const { Listr } = await import("listr2");
  const view = new ProgressView(options.now);
  let display: Display | undefined;
  let isPaused = false;
  const show = (): void => {
    if (!isPaused) display ??= openDisplay(Listr, () => view.frame(options.columns()));
  };
  const clear = async (): Promise<void> => {
    const closing = display?.close();
    display = undefined;
    await closing;
  };
  /** Lines that stay, above what moves; one after the other. */
  let saying: Promise<void> = Promise.resolve();
  const say = (line: string): void => {
    saying = saying.then(async () => {
      await clear();
      options.err(line);
      show();
    });
  };
  return {
    surveyed(soFar) {
      view.surveyed(soFar);
      show();
    },
    reading: (file) => view.reading(file),
    moved: (file, bytes) => view.moved(file, bytes),
    ended(file, { outcome, reason = "", isUnreached }) {
      const hasFailed = outcome === "failed";
      if ("kind" in file) view.ended(file, hasFailed);
      if (hasFailed && isUnreached !== true) say(`failed    ${oneLine(file.path)}: ${reason}`);
    },
    waiting: (error, ms) => view.says(`Trying again in ${durationText(Math.ceil(ms / 1000))}`, error.message),
    resumed() {
      isPaused = false;
      view.says();
      show();
    },
    delivering(progress) {
      view.says(deliveryText(progress));
      show();
    },
    clearing({ waiting }) {
      view.says(`Waiting for the archive: ${waiting} to go`);
      show();
    },
    async pause() {
      isPaused = true;
      await saying;
      await clear();
    },
    async finished(summary) {
      isPaused = true;
      await saying;
      await clear();
      await lineReporter(options).finished(summary);
    },
  };
}

interface Frame {
  readonly title: string;
  readonly lines: readonly string[];
}

interface Display {
  close(): Promise<void>;
}

/** One task of listr2 that ends when the display is closed, and leaves nothing behind. */
function openDisplay(Listr: typeof ListrClass, frame: () => Frame): Display {
  let finish: () => void = () => undefined;
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const listr = new Listr(
    {
      title: frame().title,
      async task(_context, task): Promise<void> {
        const draw = (): void => {
          const { title, lines } = frame();
          task.title = title;
          task.output = lines.join("\n");
        };
        const timer = setInterval(draw, FRAME_MS);
        draw();
        await finished;
        clearInterval(timer);
      },
    },
    // Ctrl-C is the run's business: it ends with a summary.
    { registerSignalListeners: false, rendererOptions: { clearOutput: true, formatOutput: "truncate" } },
  );
  const running = listr.run();
  return {
    async close() {
      finish();
      await running;
    },
  };
}

/** Bytes of so many milliseconds make the rate. */
const RATE_WINDOW = 15_000;

/** What is known of the run, and how it is put into so many columns. */
export class ProgressView {
  readonly #now: () => number;
  readonly #active = new Map<Found, number>();
  readonly #samples: { readonly at: number; readonly bytes: number }[] = [];
  #photos = 0;
  #bytes = 0;
  #isSurveyed = false;
  #endedPhotos = 0;
  #endedBytes = 0;
  #failed = 0;
  /** Bytes that have gone over the wire, those sent in vain included. */
  #sent = 0;
  #reading: Found | undefined;
  #says: Frame | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  surveyed({ found, foundBytes, isWhole }: SoFar): void {
    this.#photos = found;
    this.#bytes = foundBytes;
    this.#isSurveyed = isWhole;
  }

  reading(file: Found): void {
    this.#reading = file;
  }

  moved(file: Found, bytes: number): void {
    this.#sent += Math.max(0, bytes - (this.#active.get(file) ?? 0));
    this.#active.set(file, bytes);
    if (this.#reading === file) this.#reading = undefined;
  }

  ended(file: Found, hasFailed: boolean): void {
    this.#active.delete(file);
    if (this.#reading === file) this.#reading = undefined;
    this.#endedPhotos++;
    this.#endedBytes += file.bytes;
    if (hasFailed) this.#failed++;
  }

  /** Shown instead of the numbers; nothing shows them again. */
  says(title?: string, ...lines: readonly string[]): void {
    this.#says = title === undefined ? undefined : { title, lines };
  }

  frame(columns: number): Frame {
    // The spinner in front, the indentation of the lines, and a column to spare.
    const width = columns - 6;
    if (this.#says !== undefined) return this.#says;
    const lines = [...this.#active].map(([file, moved]) => {
      const part = `${percent(moved, file.bytes)} of ${sizeText(file.bytes)}`.padEnd(15);
      return `${part}  ${endOf(file.path, width - part.length - 2)}`;
    });
    if (this.#reading !== undefined) {
      const part = `reading ${sizeText(this.#reading.bytes)}`.padEnd(15);
      lines.push(`${part}  ${endOf(this.#reading.path, width - part.length - 2)}`);
    }
    return { title: this.#title(width), lines };
  }

  #title(width: number): string {
    const done = this.#endedBytes + [...this.#active.values()].reduce((sum, bytes) => sum + bytes, 0);
    const rate = this.#rate();
    const left = rate > 0 && this.#isSurveyed ? durationText((this.#bytes - done) / rate) : undefined;
    const failed = this.#failed > 0 ? [`${this.#failed} failed`] : [];
    const speed = rate > 0 ? [`${sizeText(Math.round(rate))}/s`] : [];
    // The total grows until all folders have been looked through.
    const more = this.#isSurveyed ? "" : "+";
    const count = `${this.#endedPhotos} of ${this.#photos}${more}`;
    const whole = [
      count,
      `${sizeText(done)} of ${sizeText(this.#bytes)}${more}`,
      ...speed,
      ...(left ? [`${left} left`] : []),
      ...failed,
    ];
    const short = [count, percent(done, this.#bytes), ...(left ? [`${left} left`] : []), ...failed];
    const shortest = [count, percent(done, this.#bytes), ...failed];
    return [whole, short, shortest].map((parts) => parts.join(" · ")).find((title) => title.length <= width) ?? count;
  }

  /** Bytes a second. */
  #rate(): number {
    const at = this.#now();
    this.#samples.push({ at, bytes: this.#sent });
    while (this.#samples.length > 2 && at - (this.#samples[0]?.at ?? at) > RATE_WINDOW) this.#samples.shift();
    const first = this.#samples[0] ?? { at, bytes: 0 };
    return at > first.at ? ((this.#sent - first.bytes) * 1000) / (at - first.at) : 0;
  }
}

function percent(part: number, whole: number): string {
  return `${whole === 0 ? 100 : Math.floor((part / whole) * 100)} %`;
}

/** The end of a path tells more than its beginning. */
function endOf(path: string, width: number): string {
  const line = oneLine(path, Number.MAX_SAFE_INTEGER);
  return line.length <= width ? line : `…${line.slice(line.length - Math.max(1, width - 1))}`;
}
