/** What `photolog jobs list`, `retry` and `cancel` have in common: which deliveries are meant. */
import * as Args from "@oclif/core/args";
import * as Flags from "@oclif/core/flags";
import type { Catalog } from "./catalog.ts";
import { PhotologCommand } from "./command.ts";
import { PhotologError } from "./errors.ts";
import { DESTINATIONS, type DestinationName, type Photo } from "./photo.ts";

export const jobArgs = {
  key: Args.string({ description: "Keys of photos, or the beginnings of them; several may be given." }),
};

export const jobFlags = {
  destination: Flags.option({ options: DESTINATIONS })({ description: "Only deliveries to this destination." }),
};

export abstract class JobsCommand extends PhotologCommand {
  /** Undefined where no key was given. */
  protected async photosNamed(catalog: Catalog, keys: readonly string[]): Promise<Photo[] | undefined> {
    if (keys.length === 0) return undefined;
    const { photoNamed } = await import("./server/photo-named.ts");
    return Promise.all(keys.map((key) => photoNamed(catalog, key)));
  }

  /** Acting on everything has to be asked for. */
  protected mustMeanSomething(
    keys: readonly string[],
    flags: { destination?: DestinationName | undefined; all?: boolean },
  ): void {
    if (keys.length > 0 || flags.destination !== undefined || flags.all === true) return;
    throw new PhotologError("USAGE", "Which deliveries? Give keys of photos, --destination, or --all.", {
      hint: `See \`photolog ${this.id?.replaceAll(":", " ") ?? "jobs"} --help\`.`,
    });
  }
}
