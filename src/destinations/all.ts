/** The only list of the services that photolog can deliver to. */
import type { Credentials } from "../credentials.ts";
import type { FlickrSettings, GooglePhotosSettings } from "../settings.ts";
import type { Destination, Notes } from "./destination.ts";
import { openFlickr } from "./flickr/flickr.ts";
import { openGooglePhotos } from "./google-photos/google-photos.ts";

export interface DestinationSettings {
  readonly flickr?: FlickrSettings;
  readonly gphotos?: GooglePhotosSettings;
}

export function openDestinations(
  settings: DestinationSettings,
  kept: { readonly credentials: Credentials; readonly notes: (owner: string) => Notes },
): readonly Destination[] {
  const { credentials, notes } = kept;
  return [
    ...(settings.flickr === undefined ? [] : [openFlickr({ ...settings.flickr, credentials, notes: notes("flickr") })]),
    ...(settings.gphotos === undefined
      ? []
      : [openGooglePhotos({ ...settings.gphotos, credentials, notes: notes("gphotos") })]),
  ];
}
