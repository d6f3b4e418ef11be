import type { Size } from '../resize/box.ts';

/** RGB pixels, uint8 [height, width, 3]. Operations change them in place. */
export interface Image extends Size {
  readonly pixels: Uint8Array;
}

/** ITU-R 601-2 luma as Pillow computes it (libImaging/Convert.c, `L24`). */
export const luma = (red: number, green: number, blue: number): number =>
  (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;

/** `from` + `factor` * (`to` - `from`), clipped to 0..255, in 32-bit floats (Pillow, libImaging/Blend.c). */
export function blend(from: number, to: number, factor: number): number {
  const value = Math.fround(from + Math.fround(Math.fround(factor) * (to - from)));
  return value <= 0 ? 0 : value >= 255 ? 255 : Math.trunc(value);
}

/** Replaces every byte of each channel by its entry in the channel's table: [3][256]. */
export function applyTables({ pixels }: Image, tables: readonly Uint8Array[]): void {
  const [red, green, blue] = tables as [Uint8Array, Uint8Array, Uint8Array];
  for (let at = 0; at < pixels.length; at += 3) {
    pixels[at] = red[pixels[at]!]!;
    pixels[at + 1] = green[pixels[at + 1]!]!;
    pixels[at + 2] = blue[pixels[at + 2]!]!;
  }
}

/** Replaces every byte of all channels by what `map` gives for it, an integer from 0 to 255. */
export function applyTable(image: Image, map: (value: number) => number): void {
  const table = Uint8Array.from({ length: 256 }, (_, value) => map(value));
  applyTables(image, [table, table, table]);
}

/** How often each value occurs in a channel: [256]. Channel 0 is red. */
export function histogram({ pixels }: Image, channel: number): Uint32Array {
  const counts = new Uint32Array(256);
  for (let at = channel; at < pixels.length; at += 3) counts[pixels[at]!]!++;
  return counts;
}
