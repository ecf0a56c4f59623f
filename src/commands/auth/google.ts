import * as Flags from "@oclif/core/flags";
import { PhotologCommand, settingsFlag, type SignedIn } from "../../command.ts";
import { openCredentials } from "../../credentials.ts";
import { PhotologError } from "../../errors.ts";

export default class AuthGoogle extends PhotologCommand {
  static override summary = "Sign in to Google Photos.";
  static override description =
    "Shows a page to open, waits for the browser to come back (or for the address it ended at to be pasted), " +
    "checks what was granted and stores the token. A running server notices by itself.";
  static override examples = [
    "<%= config.bin %> <%= command.id %>",
    {
      description: "On a server, with a tunnel from where the browser is: ssh -L 8085:127.0.0.1:8085 SERVER",
      command: "<%= config.bin %> <%= command.id %> --port 8085",
    },
    {
      description:
        "From a program: what it says is on stderr, the address is read from stdin, and stdout gets the outcome",
      command: "<%= config.bin %> <%= command.id %> --json",
    },
  ];
  static override enableJsonFlag = true;
  static override flags = {
    settings: settingsFlag,
    port: Flags.integer({
      description: "Port on this machine that the browser comes back to; any free one by default.",
      min: 1,
      max: 65_535,
      helpValue: "N",
    }),
  };

  async run(): Promise<SignedIn> {
    const { flags } = await this.parse(AuthGoogle);
    const settings = await this.settings(flags.settings);
    if (settings.gphotos === undefined) {
      throw new PhotologError("SETTINGS_WRONG", "GPHOTOS_CLIENT_ID and GPHOTOS_SECRET are not set.", {
        hint: "Create an OAuth client of type Desktop app at https://console.cloud.google.com/apis/credentials, then put both into the settings.",
      });
    }
    const { signInToGoogle } = await import("../../destinations/google-photos/sign-in.ts");
    const { clientId, clientSecret, authUrl, tokenUrl, baseUrl } = settings.gphotos;
    const credentials = await this.interactively((terminal) =>
      signInToGoogle({
        clientId,
        clientSecret,
        ...(authUrl === undefined ? {} : { authUrl }),
        ...(tokenUrl === undefined ? {} : { tokenUrl }),
        ...(baseUrl === undefined ? {} : { baseUrl }),
        ...(flags.port === undefined ? {} : { port: flags.port }),
        ...terminal,
      }),
    );
    await openCredentials(settings.credentialsFile).put("google", credentials);
    await this.reopenLane(settings, "gphotos");
    this.say(`Signed in to Google Photos${credentials.account === undefined ? "" : ` as ${credentials.account}`}.`);
    this.say(`The token is kept in ${settings.credentialsFile}.`);
    return {
      service: "gphotos",
      ...(credentials.account === undefined ? {} : { account: credentials.account }),
      credentials: settings.credentialsFile,
    };
  }
}
