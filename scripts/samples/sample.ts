/** What a sample photo shows, and what its camera wrote into it. */
import type { Shade } from "../scenes/canvas.ts";

export interface SamplePhoto {
  readonly folder: string;
  readonly filename: string;
  readonly width: number;
  readonly height: number;
  readonly scene: () => Shade;
  readonly camera: Camera;
  /** `YYYY:MM:DD HH:MM:SS`, as EXIF has it. */
  readonly taken: string;
  readonly offset: string;
  /** Degrees north, degrees east. */
  readonly place?: readonly [latitude: number, longitude: number];
  /** Seconds as a fraction, aperture times ten, sensitivity. */
  readonly exposure: readonly [time: string, aperture: number, iso: number];
  /** The pixels lie on their side, as cameras leave them; EXIF says how to turn them. */
  readonly turned?: true;
  /** How strongly lights glow, from 0. */
  readonly bloom?: number;
}

export interface Camera {
  readonly make: string;
  readonly model: string;
  readonly lens: string;
  readonly focalLength: number;
}

export const FUJI: Camera = { make: "FUJIFILM", model: "X-T5", lens: "XF23mmF2 R WR", focalLength: 23 };
export const PHONE: Camera = {
  make: "Apple",
  model: "iPhone 15 Pro",
  lens: "iPhone 15 Pro back triple camera 6.765mm f/1.78",
  focalLength: 7,
};
export const NIKON: Camera = {
  make: "NIKON CORPORATION",
  model: "NIKON Z 6_2",
  lens: "NIKKOR Z 24-70mm f/4 S",
  focalLength: 35,
};
export const SONY: Camera = { make: "SONY", model: "ILCE-7M4", lens: "FE 35mm F1.8", focalLength: 35 };
