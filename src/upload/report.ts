/** The account of a run as text: lines for people, or JSON objects for programs. */
import type { Reporter } from "./reporter.ts";
import type { Summary, Trouble } from "./tally.ts";
import { countText, durationText, oneLine, sizeText } from "./text.ts";

/** Where lines go; each call is one line. */
export interface Lines {
  readonly out: (line: string) => void;
  readonly err: (line: string) => void;
}

/** For pipes and logs: one line for each file that was sent or failed, and the summary. */
export function lineReporter({ out, err }: Lines): Reporter {
  return {
    ...silent,
    surveyed: ({ photos, bytes }) => out(`Found ${countText(photos, "photo")} (${sizeText(bytes)}).`),
    ended({ path, bytes: found = 0 }, { outcome, bytes = found, reason = "", isUnreached, isPlanned }) {
      if (outcome === "uploaded") out(`uploaded  ${oneLine(path)} (${sizeText(bytes)})`);
      else if (isPlanned === true) out(`would upload  ${oneLine(path)} (${sizeText(bytes)})`);
      else if (outcome === "failed" && isUnreached !== true) err(`failed    ${oneLine(path)}: ${reason}`);
    },
    waiting: (error, ms) => err(`${error.message} Trying again in ${durationText(Math.ceil(ms / 1000))}.`),
    async finished(summary) {
      for (const line of summaryLines(summary)) out(line);
    },
  };
}

/** For programs: an object for each file as it ends, then one with the summary. Nothing else goes to `out`. */
export function jsonReporter({ out, err }: Lines): Reporter {
  return {
    ...silent,
    ended({ path, bytes: found }, { outcome, sha256 = null, bytes = found ?? null, key, reason }) {
      out(JSON.stringify({ path, sha256, bytes, outcome, key, reason }));
    },
    waiting: (error, ms) => err(`${error.message} Trying again in ${durationText(Math.ceil(ms / 1000))}.`),
    async finished({
      found,
      uploaded,
      duplicate,
      skipped,
      failed,
      unreached,
      bytes,
      seconds,
      undelivered,
      wouldUpload,
    }) {
      const counts = { found, uploaded, duplicate, skipped, failed, bytes, seconds };
      const more = {
        unreached,
        would_upload: wouldUpload,
        undelivered: undelivered.length > 0 ? undelivered : undefined,
      };
      out(JSON.stringify({ summary: { ...counts, ...more } }));
    },
  };
}

const silent: Omit<Reporter, "ended" | "finished"> = {
  surveying: () => undefined,
  surveyed: () => undefined,
  reading: () => undefined,
  moved: () => undefined,
  waiting: () => undefined,
  resumed: () => undefined,
  delivering: () => undefined,
};

function summaryLines(summary: Summary): string[] {
  const { found, uploaded, duplicate, skipped, failed, unreached, bytes, seconds, wouldUpload } = summary;
  const rate = seconds > 0 && bytes > 0 ? `, ${sizeText(Math.round(bytes / seconds))}/s` : "";
  const headline =
    wouldUpload === undefined
      ? `Uploaded ${countText(uploaded, "photo")} (${sizeText(bytes)}) in ${durationText(seconds)}${rate}.`
      : `Would upload ${countText(wouldUpload.photos, "photo")} (${sizeText(wouldUpload.bytes)}).`;
  const skips = [...summary.skips].map(([reason, count]) => `${count} ${oneLine(reason)}`);
  return [
    headline,
    `${found} found = ${uploaded} uploaded + ${duplicate} duplicate + ${skipped} skipped + ${failed} failed`,
    ...(skips.length === 0 ? [] : [`Skipped: ${skips.join(", ")}.`]),
    ...troubleLines("Failed:", summary.failures),
    ...(unreached === 0 ? [] : [`${unreached} of the failed were not reached.`]),
    ...troubleLines("On the server, but not everywhere:", summary.undelivered),
  ];
}

function troubleLines(title: string, troubles: readonly Trouble[]): string[] {
  if (troubles.length === 0) return [];
  return [title, ...troubles.map(({ path, reason }) => `  ${oneLine(path)}: ${reason}`)];
}
