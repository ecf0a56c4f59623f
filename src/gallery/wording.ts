/** Numbers, days and times as people read them. English, and the same on every machine. */
import type { Exposure, Place, TakenAt } from "../photo.ts";

const MONTHS = "January February March April May June July August September October November December".split(" ");
const WEEKDAYS = "Sunday Monday Tuesday Wednesday Thursday Friday Saturday".split(" ");

/** `May`, of `05` or `2024-05`. */
export function monthName(month: string): string {
  return MONTHS[Number(month.slice(-2)) - 1] ?? month;
}

/** `May 2024`, of `2024-05`. */
export function monthTitle(month: string): string {
  return `${monthName(month)} ${month.slice(0, 4)}`;
}

/** `17 May 2024`. */
export function dayTitle(day: string): string {
  return `${Number(day.slice(8))} ${monthTitle(day.slice(0, 7))}`;
}

/** `Friday`. */
export function weekdayOf(day: string): string {
  return WEEKDAYS[new Date(`${day}T00:00:00Z`).getUTCDay()] ?? "";
}

/** `12,345`. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `1 photo`, `12,345 photos`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${grouped(count)} ${count === 1 ? one : many}`;
}

/** `6.3 MB`, in powers of a thousand. */
export function sizeOf(bytes: number): string {
  const units = ["bytes", "kB", "MB", "GB", "TB"];
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.5 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** `14:02:13`, where it was taken. */
export function timeOf(taken: TakenAt): string {
  return taken.local.slice(11, 19);
}

/** `UTC+2`, `UTC+5:30`, `UTC`. */
export function zoneOf(offset: string): string {
  const [hours = "0", minutes = "00"] = offset.slice(1).split(":");
  if (Number(hours) === 0 && minutes === "00") return "UTC";
  return `UTC${offset.startsWith("-") ? "\u2212" : "+"}${Number(hours)}${minutes === "00" ? "" : `:${minutes}`}`;
}

/** `1/250 s`, `f/2.8`, `ISO 200`, `35 mm`: always four, undefined what is not known. Each stays whole on its line. */
export function exposureOf({ time, fNumber, iso, focalLength }: Exposure): readonly (string | undefined)[] {
  return [
    time === undefined ? undefined : `${shutterOf(time)}\u00a0s`,
    fNumber === undefined ? undefined : `f/${rounded(fNumber)}`,
    iso === undefined ? undefined : `ISO\u00a0${rounded(iso)}`,
    focalLength === undefined ? undefined : `${rounded(focalLength)}\u00a0mm`,
  ];
}

/** `0:07`, `1:02:03`. */
export function durationOf(seconds: number): string {
  const whole = Math.max(1, Math.round(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (number: number): string => String(number).padStart(2, "0");
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** `48.85837° N, 2.29448° E · 35 m`: to about a metre. */
export function placeOf({ latitude, longitude, altitude }: Place): string {
  const at = `${degrees(latitude, "N", "S")}, ${degrees(longitude, "E", "W")}`;
  return altitude === undefined ? at : `${at} \u00b7 ${Math.round(altitude)} m`;
}

/** `48.86° N, 2.29° E`: to about a kilometre. */
export function roughlyAt({ latitude, longitude }: Place): string {
  return `${degrees(latitude, "N", "S", 2)}, ${degrees(longitude, "E", "W", 2)}`;
}

/** `Canon EOS R5`: many models carry the name of their maker already. */
export function cameraOf({ make, model }: { readonly make?: string; readonly model?: string }): string {
  if (model === undefined || make === undefined) return model ?? make ?? "";
  const maker = make.split(/[\s,]/, 1)[0] ?? "";
  return model.toLowerCase().startsWith(maker.toLowerCase()) ? model : `${make} ${model}`;
}

/** `48.85837° N`. */
export function degrees(value: number, positive: string, negative: string, digits = 5): string {
  return `${Math.abs(value).toFixed(digits)}\u00b0 ${value < 0 ? negative : positive}`;
}

function shutterOf(seconds: number): string {
  if (seconds >= 0.3) return rounded(seconds);
  return `1/${rounded(Math.round(1 / seconds))}`;
}

function rounded(value: number): string {
  return String(Number(value.toFixed(1)));
}
