import * as Flags from "@oclif/core/flags";
import { PhotologCommand, settingsFlag, type SignedIn } from "../../command.ts";
import { openCredentials } from "../../credentials.ts";
import { PhotologError } from "../../errors.ts";

export default class AuthFlickr extends PhotologCommand {
  static override summary = "Sign in to Flickr.";
  static override description =
    "Shows a page to open, takes the code that Flickr shows there, checks that it works and stores the token. " +
    "A running server notices by itself.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    {
      description: "Let the browser on this machine bring the code back",
      command: "<%= config.bin %> <%= command.id %> --loopback",
    },
    {
      description:
        "From a program: what it says is on stderr, the code is read from stdin, and stdout gets the outcome",
      command: "<%= config.bin %> <%= command.id %> --json",
    },
  ];
  static override enableJsonFlag = true;
  static override flags = {
    settings: settingsFlag,
    loopback: Flags.boolean({
      description: "Have Flickr send the browser back to this machine instead of showing a code.",
    }),
  };

  async run(): Promise<SignedIn> {
    const { flags } = await this.parse(AuthFlickr);
    const settings = await this.settings(flags.settings);
    if (settings.flickr === undefined) {
      throw new PhotologError("SETTINGS_WRONG", "FLICKR_API_KEY and FLICKR_API_SECRET are not set.", {
        hint: "Create a key at https://www.flickr.com/services/apps/create/ (Flickr gives keys to Pro accounts), then put both into the settings.",
      });
    }
    const { signInToFlickr } = await import("../../destinations/flickr/sign-in.ts");
    const { apiKey, apiSecret, baseUrl } = settings.flickr;
    const credentials = await this.interactively((terminal) =>
      signInToFlickr({
        apiKey,
        apiSecret,
        ...(baseUrl === undefined ? {} : { baseUrl }),
        callback: flags.loopback ? "loopback" : "oob",
        ...terminal,
      }),
    );
    await openCredentials(settings.credentialsFile).put("flickr", credentials);
    await this.reopenLane(settings, "flickr");
    this.say(`The token is kept in ${settings.credentialsFile}.`);
    const { username: account } = credentials;
    return {
      service: "flickr",
      ...(account === undefined ? {} : { account }),
      credentials: settings.credentialsFile,
    };
  }
}
