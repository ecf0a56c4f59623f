/** The account of a run as text: lines for people, or JSON objects for programs. */
import type { ServiceName } from "../photo.ts";
import type { DeliveryProgress, Reporter } from "./reporter.ts";
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
    surveyed({ found, foundBytes, isWhole }) {
      if (isWhole) out(`Found ${countText(found, "photo")} (${sizeText(foundBytes)}).`);
    },
    ended({ path, bytes: found = 0 }, { outcome, bytes = found, reason = "", isUnreached, isPlanned }) {
      if (outcome === "uploaded") out(`uploaded  ${oneLine(path)} (${sizeText(bytes)})`);
      else if (isPlanned === true) out(`would upload  ${oneLine(path)} (${sizeText(bytes)})`);
      else if (outcome === "failed" && isUnreached !== true) err(`failed    ${oneLine(path)}: ${reason}`);
    },
    waiting: waitingOnce(err),
    delivering: deliveringOnce(out),
    async finished(summary) {
      for (const line of summaryLines(summary)) out(line);
    },
  };
}

/** For who wants to hear of trouble only: failed files, a lost server, and the counts at the end. */
export function quietReporter(lines: Lines): Reporter {
  return {
    ...lineReporter({ ...lines, out: () => undefined }),
    async finished(summary) {
      lines.out(countsLine(summary));
      for (const line of troubleLines("On the server, but not everywhere:", summary.undelivered)) lines.err(line);
    },
  };
}

/** Of many runs of one watch: what is new in each, and the counts of all at the end. */
export function watchReporter(reporter: Reporter, now: () => number): Reporter & { close(): Promise<void> } {
  const told = new Set<string>();
  const counts = { uploaded: 0, bytes: 0 };
  const began = now();
  return {
    ...silent,
    waiting: (error, ms) => reporter.waiting(error, ms),
    ended(file, outcome) {
      const key = `${file.path}\0${outcome.outcome}\0${outcome.reason ?? ""}`;
      const isNew = outcome.outcome === "uploaded" || (outcome.outcome === "failed" && !told.has(key));
      if (!isNew || outcome.isUnreached === true) return;
      if (outcome.outcome === "failed") told.add(key);
      reporter.ended(file, outcome);
    },
    async finished({ uploaded, bytes }) {
      counts.uploaded += uploaded;
      counts.bytes += bytes;
    },
    close: () =>
      reporter.finished({
        found: counts.uploaded + told.size,
        uploaded: counts.uploaded,
        duplicate: 0,
        skipped: 0,
        failed: told.size,
        unreached: 0,
        bytes: counts.bytes,
        seconds: (now() - began) / 1000,
        isWhole: true,
        amended: 0,
        attached: 0,
        keptBack: new Map(),
        failures: [],
        skips: new Map(),
        undelivered: [],
      }),
  };
}

/** A server that is away for the night is told of once a minute at most, and not at every try. */
function waitingOnce(err: Lines["err"]): Reporter["waiting"] {
  let told = "";
  let silence = 0;
  return (error, ms) => {
    silence += ms;
    if (error.message === told && silence < QUIET_MS) return;
    err(`${error.message} Trying again in ${durationText(Math.ceil(ms / 1000))}.`);
    told = error.message;
    silence = 0;
  };
}

const QUIET_MS = 60_000;

function deliveringOnce(out: Lines["out"]): Reporter["delivering"] {
  let told = "";
  return (progress) => {
    const line = deliveryText(progress);
    if (line !== told) out(line);
    told = line;
  };
}

/** `12 of 20 photos are everywhere · archive 3, flickr 8 to go`. */
export function deliveryText({ photos, settled, waiting }: DeliveryProgress): string {
  const left = [...waiting].map(([name, count]) => `${name} ${count}`).join(", ");
  return `${settled} of ${countText(photos, "photo")} delivered${left === "" ? "" : ` · ${left} to go`}`;
}

/** For programs: an object for each file as it ends, then one with the summary. Nothing else goes to `out`. */
export function jsonReporter({ out, err }: Lines): Reporter {
  return {
    ...silent,
    tellsChecksums: true,
    ended({ path, bytes: found }, { outcome, sha256 = null, bytes = found ?? null, key, reason }) {
      out(JSON.stringify({ path, sha256, bytes, outcome, key, reason }));
    },
    waiting: waitingOnce(err),
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
      isWhole,
      amended,
      attached,
      keptBack,
      cleared,
    }) {
      const counts = { found, uploaded, duplicate, skipped, failed, bytes, seconds };
      const more = {
        unreached,
        scan_complete: isWhole ? undefined : false,
        amended: amended || undefined,
        sidecars_added: attached || undefined,
        kept_back: keptBack.size > 0 ? Object.fromEntries(keptBack) : undefined,
        cleared: cleared?.cleared,
        left: cleared?.left,
        would_upload: wouldUpload,
        undelivered: undelivered.length > 0 ? undelivered : undefined,
      };
      out(JSON.stringify({ summary: { ...counts, ...more } }));
    },
  };
}

const silent: Omit<Reporter, "ended" | "finished"> = {
  surveyed: () => undefined,
  reading: () => undefined,
  moved: () => undefined,
  waiting: () => undefined,
  resumed: () => undefined,
  delivering: () => undefined,
  clearing: () => undefined,
};

/** Adds up. */
function countsLine({ found, uploaded, duplicate, skipped, failed }: Summary): string {
  return `${found} found = ${uploaded} uploaded + ${duplicate} duplicate + ${skipped} skipped + ${failed} failed`;
}

function summaryLines(summary: Summary): string[] {
  const { uploaded, unreached, bytes, seconds, wouldUpload, isWhole, amended, attached, keptBack } = summary;
  const rate = seconds > 0 && bytes > 0 ? `, ${sizeText(Math.round(bytes / seconds))}/s` : "";
  const headline =
    wouldUpload === undefined
      ? `Uploaded ${countText(uploaded, "photo")} (${sizeText(bytes)}) in ${durationText(seconds)}${rate}.`
      : `Would upload ${countText(wouldUpload.photos, "photo")} (${sizeText(wouldUpload.bytes)}).`;
  const skips = [...summary.skips].map(([reason, count]) => `${count} ${oneLine(reason)}`);
  return [
    headline,
    countsLine(summary),
    ...(isWhole ? [] : ["Not all folders were looked through: there may be more."]),
    ...(amended + attached === 0 ? [] : [moreText(amended, attached)]),
    ...[...keptBack].map(([name, count]) => keptBackText(name, count)),
    ...(skips.length === 0 ? [] : [`Skipped: ${skips.join(", ")}.`]),
    ...failureLines(summary.failures),
    ...(unreached === 0 ? [] : [`${unreached} of the failed were not reached.`]),
    ...troubleLines("On the server, but not everywhere:", summary.undelivered),
    ...clearedLines(summary),
  ];
}

function clearedLines({ cleared, wouldUpload }: Summary): string[] {
  if (cleared === undefined) return [];
  const verb = wouldUpload === undefined ? "Cleared away" : "Would clear away";
  return [
    `${verb} ${countText(cleared.cleared, "photo")} that the archive holds.`,
    ...troubleLines("Left where they are:", cleared.left),
  ];
}

function moreText(amended: number, attached: number): string {
  const parts = [
    ...(amended === 0 ? [] : [`${countText(amended, "photo")} on the server got tags, albums or services`]),
    ...(attached === 0 ? [] : [`${countText(attached, "sidecar")} added`]),
  ];
  return `${parts.join("; ")}.`;
}

/** Whether a photo goes to a service is a matter of privacy: sending it again changes nothing about that by itself. */
function keptBackText(name: ServiceName, count: number): string {
  return `${countText(count, "photo")} ${count === 1 ? "stays" : "stay"} away from ${name}, as when first sent; --send-skipped sends them there.`;
}

const MOST_NAMED = 20;

/** Each by name where they are few, else how many for each reason. */
function failureLines(failures: readonly Trouble[]): string[] {
  if (failures.length <= MOST_NAMED) return troubleLines("Failed:", failures);
  const reasons = [...Map.groupBy(failures, ({ reason }) => reason)].sort(([, a], [, b]) => b.length - a.length);
  return [
    `Failed: ${failures.length} files.`,
    ...reasons
      .slice(0, MOST_NAMED)
      .map(
        ([reason, files]) =>
          `  ${files.length} ${reason} (${oneLine(files[0]?.path ?? "", 100)}${files.length > 1 ? ", …" : ""})`,
      ),
  ];
}

function troubleLines(title: string, troubles: readonly Trouble[]): string[] {
  if (troubles.length === 0) return [];
  return [title, ...troubles.map(({ path, reason }) => `  ${oneLine(path)}: ${reason}`)];
}
