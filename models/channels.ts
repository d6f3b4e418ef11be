/**
 * The multiple of `divisor` nearest to `channels`, but at least 90 % of it: the rule of all width multipliers
 * (MobileNet's _make_divisible, tensorflow/models research/slim/nets/mobilenet/mobilenet.py).
 */
export function makeDivisible(channels: number, divisor: number, least = divisor): number {
  const rounded = Math.max(least, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}

/** The number of channels for a width factor; with factor 1, the paper's number is unchanged. */
export const scaled = (channels: number, width: number): number =>
  width === 1 ? channels : makeDivisible(channels * width, 8);
