import type { RandomSequence } from '../random.ts';
import type { Box, Size } from '../resize/box.ts';

/** Random boxes that are tried. */
const MAX_TRIALS = 10;

/**
 * A random box for RandomResizedCrop (Szegedy et al. 2015, section 6; torchvision's RandomResizedCrop.get_params). If ten
 * random boxes do not fit into the image, the result is the largest center box with an allowed aspect ratio.
 * @param scale smallest and largest area, as fractions of the image's area.
 * @param ratio smallest and largest aspect ratio (width / height), drawn uniformly in its logarithm.
 */
export function randomBox(
  { width, height }: Size,
  scale: readonly [number, number],
  ratio: readonly [number, number],
  random: RandomSequence,
): Box {
  for (let trial = 0; trial < MAX_TRIALS; trial++) {
    const area = width * height * random.between(scale[0], scale[1]);
    const aspect = Math.exp(random.between(Math.log(ratio[0]), Math.log(ratio[1])));
    const box = {
      width: Math.round(Math.sqrt(area * aspect)),
      height: Math.round(Math.sqrt(area / aspect)),
    };
    if (box.width > 0 && box.width <= width && box.height > 0 && box.height <= height) {
      const top = random.below(height - box.height + 1);
      const left = random.below(width - box.width + 1);
      return { top, left, ...box };
    }
  }
  return centerBox({ width, height }, ratio);
}

function centerBox({ width, height }: Size, ratio: readonly [number, number]): Box {
  const aspect = Math.min(Math.max(width / height, ratio[0]), ratio[1]);
  const box = {
    width: Math.min(width, Math.round(height * aspect)),
    height: Math.min(height, Math.round(width / aspect)),
  };
  return {
    top: Math.floor((height - box.height) / 2),
    left: Math.floor((width - box.width) / 2),
    ...box,
  };
}
