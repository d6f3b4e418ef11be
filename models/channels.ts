/**
 * The multiple of `divisor` that is nearest to `channels` but not below 90 % of it, and at least `minimum`: the rule of all width
 * multipliers
 * (MobileNet's _make_divisible, tensorflow/models research/slim/nets/mobilenet/mobilenet.py).
 */
export function makeDivisible(channels: number, divisor: number, minimum = divisor): number {
  const rounded = Math.max(minimum, Math.floor((channels + divisor / 2) / divisor) * divisor);
  return rounded < 0.9 * channels ? rounded + divisor : rounded;
}

/** The number of channels for a width factor, a multiple of 8. With factor 1 the paper's number is unchanged. */
export const scaled = (channels: number, width: number): number =>
  width === 1 ? channels : makeDivisible(channels * width, 8);
