import * as Flags from "@oclif/core/flags";
import { PhotologCommand, settingsFlag } from "../command.ts";

export default class Serve extends PhotologCommand {
  static override summary = "Receive photos, and bring each to the archive, Flickr and Google Photos.";
  static override description =
    "Runs the upload API and the queue worker until SIGINT or SIGTERM; then finishes or gives back what is in flight. " +
    "Without any settings it keeps everything in a local folder.";
  static override examples = [
    { description: "Try it out, with no settings at all", command: "<%= config.bin %> <%= command.id %>" },
    {
      description: "With a bucket, Flickr and Google Photos",
      command: "<%= config.bin %> <%= command.id %> --settings /etc/photolog.yaml",
    },
    {
      description: "Reachable from other machines",
      command: "<%= config.bin %> <%= command.id %> --host 0.0.0.0 --port 8080",
    },
  ];
  static override flags = {
    settings: settingsFlag,
    port: Flags.integer({
      description: "Port to listen on; 0 takes any free one.",
      min: 0,
      max: 65_535,
      helpValue: "N",
    }),
    host: Flags.string({ description: "Address to listen on.", helpValue: "ADDRESS" }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(Serve);
    const settings = await this.settings(flags.settings);
    const { openLog } = await import("../log.ts");
    const { keepNewSpaceSmall } = await import("../gallery/small-heap.ts");
    keepNewSpaceSmall();
    const { startServer } = await import("../server/server.ts");
    const server = await startServer(
      { ...settings, host: flags.host ?? settings.host, port: flags.port ?? settings.port },
      await openLog(settings.logLevel),
    );
    this.greet(server.url, settings);
    await signalled();
    // Everything accepted is safe already: a second signal need not wait.
    for (const name of SIGNALS) process.once(name, () => process.exit(130));
    await server.stop();
    this.exit(0);
  }

  private greet(url: string, settings: Awaited<ReturnType<PhotologCommand["settings"]>>): void {
    const { archive } = settings;
    const place = archive.kind === "folder" ? archive.folder : `s3://${archive.bucket}/${archive.prefix}`;
    const services = [settings.flickr && "Flickr", settings.gphotos && "Google Photos"].filter(Boolean).join(" and ");
    this.say(`Photolog listens on ${url}`);
    this.say(`  originals   ${place}`);
    this.say(`  copies      ${services || "none (no Flickr or Google keys are set)"}`);
    this.say(`  gallery     ${url}/`);
    this.say(
      `  secret      ${settings.apiSecret === undefined ? `in ${settings.apiSecretFile}` : "as set in API_SECRET"}`,
    );
    this.say(
      `Next, in another terminal: photolog upload DIR${url === "http://127.0.0.1:5000" ? "" : ` --host ${url}`}`,
    );
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

function signalled(): Promise<void> {
  return new Promise((resolve) => {
    for (const name of SIGNALS) process.once(name, () => resolve());
  });
}
