/** a * b / 255, rounded as by Pillow's MULDIV255 (Imaging.h). */
function multiply255(a: number, b: number): number {
  const product = a * b + 128;
  return ((product >> 8) + product) >> 8;
}

/**
 * Converts CMYK without a colour profile to RGB, as Pillow's `convert("RGB")` does (Convert.c, cmyk2rgb):
 * R = (1 - C)(1 - K), and the same for G and B. Both are uint8, [pixels, 4] and [pixels, 3]; 255 is full ink.
 */
export function cmykToRgb(cmyk: Uint8Array, rgb: Uint8Array): void {
  for (let from = 0, to = 0; from < cmyk.length; from += 4) {
    const light = 255 - cmyk[from + 3]!;
    for (let ink = 0; ink < 3; ink++) rgb[to++] = light - multiply255(cmyk[from + ink]!, light);
  }
}
