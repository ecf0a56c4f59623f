import * as Args from "@oclif/core/args";
import type { DeliveryState, DeliveryView, PhotoView, StatusAnswer } from "../api.ts";
import { PhotologCommand, settingsFlag } from "../command.ts";
import { DESTINATIONS } from "../photo.ts";
import { type Column, formatTable, printable } from "../table.ts";

export default class Status extends PhotologCommand {
  static override summary = "Show what is queued, running, waiting, parked, failed and done.";
  static override description =
    "In all and per destination, or for one photo. Reads the database of `photolog serve`, whether that runs or not.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    {
      description: "One photo, by its key or the beginning of it",
      command: "<%= config.bin %> <%= command.id %> 3fa9c1d2e4b5",
    },
    "<%= config.bin %> <%= command.id %> --json",
  ];
  static override enableJsonFlag = true;
  static override args = { key: Args.string({ description: "Key of a photo, or the beginning of it." }) };
  static override flags = { settings: settingsFlag };

  async run(): Promise<StatusAnswer | PhotoView | undefined> {
    const { args, flags } = await this.parse(Status);
    const settings = await this.settings(flags.settings);
    const { photoViews, statusView } = await import("../server/views.ts");
    return this.withDatabase(settings, async ({ catalog, queue }) => {
      if (args.key !== undefined) {
        const { photoNamed } = await import("../server/photo-named.ts");
        const [view] = await photoViews({ catalog, queue }, [await photoNamed(catalog, args.key)]);
        if (view !== undefined && !this.jsonEnabled()) this.say(describePhoto(view));
        return view;
      }
      const { openSpool } = await import("../storage/spool.ts");
      const freeBytes = await openSpool(settings.uploadFolder, settings.spoolReserve).room();
      const destinations = DESTINATIONS.filter(
        (name) => name === "archive" || name === "renditions" || settings[name] !== undefined,
      );
      const status = await statusView({ catalog, queue }, { freeBytes, destinations });
      if (!this.jsonEnabled()) this.say(describeStatus(status));
      return status;
    });
  }
}

function describeStatus(status: StatusAnswer): string {
  const destinations = Object.entries(status.destinations);
  const states = Object.keys(destinations[0]?.[1].counts ?? {}) as DeliveryState[];
  const shown = states.filter((state) => state === "done" || destinations.some(([, { counts }]) => counts[state] > 0));
  const columns: Column[] = [
    { title: "" },
    ...shown.map((title) => ({ title, align: "right" as const })),
    { title: "lane" },
  ];
  const rows = destinations.map(([name, { counts, lane }]) => [
    name,
    ...shown.map((state) => counts[state].toLocaleString("en")),
    lane.state.replace("_", " "),
  ]);
  const notes = destinations
    .filter(([, { lane }]) => lane.state !== "open")
    .map(([name, { lane }]) => {
      const until = lane.state === "paused" && lane.until !== undefined ? ` until ${localTime(lane.until)}` : "";
      return `${name} ${lane.state.replace("_", " ")}${until}: ${lane.reason ?? ""}${lane.hint === undefined ? "" : ` ${lane.hint}`}`;
    });
  const failed = destinations.some(([, { counts }]) => counts.failed > 0);
  const { spool } = status;
  return [
    `${count(status.photos, "photo")}; ${spool.photos.toLocaleString("en")} still in the spool (${size(spool.bytes)}), room for ${size(spool.free_bytes)}.`,
    "",
    formatTable(columns, rows),
    ...(notes.length > 0 ? ["", ...notes] : []),
    ...(failed ? ["", "Some failed: `photolog jobs list --state failed` says why."] : []),
  ].join("\n");
}

function describePhoto(view: PhotoView): string {
  const rows = Object.entries(view.destinations).map(([name, delivery]) => [
    name,
    delivery.state,
    String(delivery.attempts),
    delivery.retry_at === undefined ? "" : localTime(delivery.retry_at),
    printable(delivery.url ?? whyOf(delivery) ?? (name === "archive" ? (view.archive_key ?? "") : "")),
  ]);
  const columns: Column[] = [
    { title: "" },
    { title: "state" },
    { title: "tries", align: "right" },
    { title: "next" },
    { title: "" },
  ];
  return [
    `${view.key}  ${printable(view.filename)}  ${size(view.bytes)}  ${view.mime}`,
    `sha256    ${view.sha256}`,
    `taken     ${view.taken_at ?? "unknown"}`,
    `received  ${view.received_at}`,
    ...(view.tags.length === 0 ? [] : [`tags      ${view.tags.map(printable).join(", ")}`]),
    ...(view.albums.length === 0 ? [] : [`albums    ${view.albums.map(printable).join(", ")}`]),
    ...view.related.map(({ relation, sha256, key }) => `${relation.padEnd(8)}  ${key ?? `${sha256} (not here)`}`),
    ...view.sidecars.map(({ filename, bytes }) => `sidecar   ${printable(filename)}  ${size(bytes)}`),
    "",
    formatTable(columns, rows),
  ].join("\n");
}

function whyOf({ error, hint }: DeliveryView): string | undefined {
  return error === undefined ? undefined : [error, hint].filter(Boolean).join(" ");
}

function count(number: number, noun: string): string {
  return `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
}

function size(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10));
  return `${(bytes / 1024 ** power).toFixed(power > 1 ? 1 : 0)} ${units[power] ?? ""}`;
}

function localTime(iso: string): string {
  return new Date(iso).toLocaleString("sv").slice(0, 16);
}
