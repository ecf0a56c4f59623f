/** The methods of Flickr's API that photolog calls. */
import type { Entry, Ledger } from "./flickr-ledger.ts";

export interface MethodCall {
  readonly call: string;
  readonly method: string;
  readonly perms: string;
  readonly fields: Readonly<Record<string, string>>;
}

const FORMAT = { format: "json", nojsoncallback: "1" };

export function answerMethod(ledger: Ledger, { call, method, perms, fields }: MethodCall): object {
  const { account, options } = ledger;
  for (const [name, value] of Object.entries(FORMAT))
    if (fields[name] !== value) return failed(111, "Format not found");
  switch (call) {
    case "flickr.test.login":
      return ok({ user: { id: account.nsid, username: { _content: account.username }, path_alias: null } });
    case "flickr.auth.oauth.checkToken":
      return ok({
        oauth: {
          token: { _content: fields["oauth_token"] },
          perms: { _content: perms },
          user: { nsid: account.nsid, username: account.username, fullname: "Jamal Fanaian" },
        },
      });
    case "flickr.people.getUploadStatus":
      return ok({ user: { id: account.nsid, ispro: options.pro === false ? 0 : 1, videos: { remaining: "lots" } } });
    case "flickr.photos.search":
      return ok(pageOf(ledger, fields, found(ledger, fields)));
    case "flickr.people.getPhotos":
      return ok(pageOf(ledger, fields, listed(ledger, fields)));
    case "flickr.photos.setDates":
      return setDates(ledger, { call, method, perms, fields });
    case "flickr.photosets.getList":
      return ok(listOfPhotosets(ledger, fields));
    case "flickr.photosets.create":
      return changing({ method, perms }, () => createPhotoset(ledger, fields));
    case "flickr.photosets.addPhoto":
      return changing({ method, perms }, () => addToPhotoset(ledger, fields));
    default:
      return failed(112, `Method "${call}" not found`);
  }
}

function found({ entries }: Ledger, { user_id, machine_tags = "" }: MethodCall["fields"]): readonly Entry[] {
  const [, wanted] = /^(photolog:sha256=)"[0-9a-f]+"$/.exec(machine_tags) ?? [];
  if (user_id !== "me" || wanted === undefined) return [];
  const tag = machine_tags.replaceAll('"', "");
  return entries.filter((entry) => {
    if (!entry.photo.tags.includes(tag)) return false;
    return entry.searchLag-- <= 0;
  });
}

function listed({ entries }: Ledger, { user_id, min_upload_date = "0" }: MethodCall["fields"]): readonly Entry[] {
  if (user_id !== "me") return [];
  return entries
    .filter((entry) => entry.photo.uploadedAt >= Number(min_upload_date) && entry.listLag-- <= 0)
    .toReversed();
}

function pageOf({ options, account }: Ledger, fields: MethodCall["fields"], entries: readonly Entry[]): object {
  const perpage = options.pageSize ?? Number(fields["per_page"] ?? 100);
  const page = Number(fields["page"] ?? 1);
  const tagged = (fields["extras"] ?? "").split(",").includes("machine_tags");
  return {
    photos: {
      page,
      pages: Math.ceil(entries.length / perpage),
      perpage,
      total: entries.length,
      photo: entries.slice((page - 1) * perpage, page * perpage).map(({ photo }) => ({
        id: photo.id,
        owner: account.nsid,
        title: photo.fields["title"] ?? photo.filename,
        ispublic: Number(photo.fields["is_public"] ?? 1),
        isfriend: Number(photo.fields["is_friend"] ?? 1),
        isfamily: Number(photo.fields["is_family"] ?? 1),
        ...(tagged && { machine_tags: photo.tags.filter((tag) => /^\w+:\w+=/.test(tag)).join(" ") }),
      })),
    },
  };
}

function changing({ method, perms }: Pick<MethodCall, "method" | "perms">, change: () => object): object {
  if (method !== "POST") return failed(115, "This method requires an HTTP POST request");
  if (perms !== "write" && perms !== "delete") return failed(99, "Insufficient permissions");
  return change();
}

function listOfPhotosets({ photosets }: Ledger, { page = "1", per_page = "500" }: MethodCall["fields"]): object {
  const from = (Number(page) - 1) * Number(per_page);
  return {
    photosets: {
      page: Number(page),
      pages: Math.ceil(photosets.length / Number(per_page)),
      perpage: Number(per_page),
      total: photosets.length,
      photoset: photosets.slice(from, from + Number(per_page)).map(({ id, title, photoIds }) => ({
        id,
        primary: photoIds[0],
        photos: photoIds.length,
        title: { _content: title },
        description: { _content: "" },
      })),
    },
  };
}

/** https://www.flickr.com/services/api/flickr.photosets.create.html */
function createPhotoset(ledger: Ledger, { title = "", primary_photo_id = "" }: MethodCall["fields"]): object {
  if (title === "") return failed(1, "No title specified");
  if (!isThere(ledger, primary_photo_id)) return failed(2, "Photo not found");
  const id = String(72_157_720_000_000 + ledger.photosets.length);
  ledger.photosets.push({ id, title, photoIds: [primary_photo_id] });
  return ok({ photoset: { id, url: `https://www.flickr.com/photos/${ledger.account.nsid}/sets/${id}/` } });
}

/** https://www.flickr.com/services/api/flickr.photosets.addPhoto.html */
function addToPhotoset(ledger: Ledger, { photoset_id, photo_id = "" }: MethodCall["fields"]): object {
  const photoset = ledger.photosets.find(({ id }) => id === photoset_id);
  if (photoset === undefined) return failed(1, "Photoset not found");
  if (!isThere(ledger, photo_id)) return failed(2, "Photo not found");
  if (photoset.photoIds.includes(photo_id)) return failed(3, "Photo already in set");
  photoset.photoIds.push(photo_id);
  return ok({});
}

function isThere({ entries }: Ledger, id: string): boolean {
  const entry = entries.find(({ photo }) => photo.id === id);
  return entry !== undefined && entry.changeLag-- <= 0;
}

function setDates(ledger: Ledger, { method, perms, fields }: MethodCall): object {
  return changing({ method, perms }, () => dated(ledger, fields));
}

function dated(ledger: Ledger, fields: MethodCall["fields"]): object {
  const entry = ledger.entries.find(({ photo }) => photo.id === fields["photo_id"]);
  if (!entry || entry.changeLag-- > 0) return failed(1, "Photo not found");
  const { date_taken = "" } = fields;
  if (!/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(date_taken)) return failed(3, "Invalid date taken");
  ledger.setDateTaken(entry, date_taken);
  return ok({});
}

function ok(answer: object): object {
  return { ...answer, stat: "ok" };
}

function failed(code: number, message: string): object {
  return { stat: "fail", code, message };
}
