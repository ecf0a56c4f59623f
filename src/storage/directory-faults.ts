/** What the errors of a disk mean to whoever keeps blobs on it. */
import { messageOf, PhotologError, systemCodeOf } from "../errors.ts";

/** `what` names the work for people: "Putting originals/…". A `PhotologError` stays what it is. */
export function directoryFault(what: string, error: unknown): PhotologError {
  if (error instanceof PhotologError) return error;
  const message = `${what} failed: ${messageOf(error)}.`;
  switch (systemCodeOf(error)) {
    case "ENOSPC":
    case "EDQUOT":
      return new PhotologError("DISK_FULL", message, {
        cause: error,
        hint: "Make room on the disk of ARCHIVE_FOLDER.",
      });
    case "EISDIR":
    case "ENOTDIR":
    case "ENOTEMPTY":
      return new PhotologError("PHOTO_REFUSED", `${message} A file and a folder cannot have the same name.`, {
        cause: error,
      });
    case "ENAMETOOLONG":
    case "EILSEQ":
      return new PhotologError("PHOTO_REFUSED", message, {
        cause: error,
        hint: "Upload the file again under a shorter, plainer name.",
      });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return new PhotologError("LOCAL_FAULT", message, {
        cause: error,
        hint: "Let the account that runs photolog write to ARCHIVE_FOLDER.",
      });
    default:
      return new PhotologError("LOCAL_FAULT", message, {
        cause: error,
        hint: "Look at the disk of ARCHIVE_FOLDER, then run `photolog doctor`.",
      });
  }
}
