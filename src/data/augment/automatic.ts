import { roundHalfToEven } from '../../base/numbers/round.ts';
import type { AugmentationConfig } from './schema.ts';
import type { RandomSequence } from '../random.ts';
import type { Size } from '../resize/box.ts';
import { OPERATIONS } from './operations.ts';
import type { OperationName } from './operations.ts';
import type { Image } from './image.ts';
import { POLICIES } from './policies.ts';

interface MagnitudeRange {
  /** The magnitude at a fraction (0 to 1) of the range, for an image of this size. */
  readonly at: (fraction: number, size: Size) => number;
  /** Whether the magnitude's sign is random. */
  readonly signed: boolean;
}

const linear = (low: number, high: number, signed: boolean): MagnitudeRange => ({
  at: (fraction) => low + (high - low) * fraction,
  signed,
});
const none: MagnitudeRange = { at: () => 0, signed: false };
const enhance = linear(0, 0.9, true);
const shear = linear(0, 0.3, true);
/** The longest translation as a fraction of the side: 150 pixels of the paper's 331-pixel images. */
const MAX_TRANSLATION = 150 / 331;

/** The magnitudes of each operation (Cubuk et al. 2018, table 6; torchvision's `_augmentation_space`). */
const RANGES: Record<OperationName, MagnitudeRange> = {
  Identity: none,
  ShearX: shear,
  ShearY: shear,
  TranslateX: { at: (fraction, { width }) => fraction * MAX_TRANSLATION * width, signed: true },
  TranslateY: { at: (fraction, { height }) => fraction * MAX_TRANSLATION * height, signed: true },
  Rotate: linear(0, 30, true),
  Brightness: enhance,
  Color: enhance,
  Contrast: enhance,
  Sharpness: enhance,
  Posterize: { at: (fraction) => 8 - roundHalfToEven(4 * fraction), signed: false },
  Solarize: linear(255, 0, false),
  AutoContrast: none,
  Equalize: none,
  Invert: none,
};

/** The operations of RandAugment (Cubuk et al. 2019, section 3) in torchvision's order. */
const RAND_AUGMENT: readonly OperationName[] = [
  'Identity',
  'ShearX',
  'ShearY',
  'TranslateX',
  'TranslateY',
  'Rotate',
  'Brightness',
  'Color',
  'Contrast',
  'Sharpness',
  'Posterize',
  'Solarize',
  'AutoContrast',
  'Equalize',
];
/** Numbers of levels in a range of magnitudes, as in torchvision. */
const RAND_AUGMENT_LEVELS = 31;
const AUTO_AUGMENT_LEVELS = 10;

/** An operation's magnitude at a fraction (0 to 1) of its range, and whether its sign is random. */
export function magnitudeAt(name: OperationName, fraction: number, size: Size): { magnitude: number; signed: boolean } {
  const { at, signed } = RANGES[name];
  return { magnitude: at(fraction, size), signed };
}

function apply(image: Image, name: OperationName, fraction: number, negative: boolean): void {
  const { magnitude, signed } = magnitudeAt(name, fraction, image);
  OPERATIONS[name](image, signed && negative ? -magnitude : magnitude);
}

/** RandAugment (Cubuk et al. 2019): applies `operations` random operations, all with one magnitude from 0 to 30. */
export function randAugment(
  image: Image,
  { operations, magnitude }: { operations: number; magnitude: number },
  random: RandomSequence,
): void {
  for (let i = 0; i < operations; i++) {
    const name = RAND_AUGMENT[random.below(RAND_AUGMENT.length)]!;
    apply(image, name, magnitude / (RAND_AUGMENT_LEVELS - 1), random.below(2) === 1);
  }
}

/**
 * AutoAugment (Cubuk et al. 2018): chooses a random pair of operations of the policy, and applies each operation with its own
 * probability.
 */
export function autoAugment(image: Image, { policy }: { policy: keyof typeof POLICIES }, random: RandomSequence): void {
  const pairs = POLICIES[policy];
  for (const [name, probability, level] of pairs[random.below(pairs.length)]!) {
    const applies = random.uniform() < probability;
    const negative = random.below(2) === 0;
    if (applies) apply(image, name, level / (AUTO_AUGMENT_LEVELS - 1), negative);
  }
}

/** Applies the automatic augmentation of a config to an image in place. */
export function automaticAugmentation(
  image: Image,
  config: NonNullable<AugmentationConfig['automatic']>,
  random: RandomSequence,
): void {
  if (config.name === 'randAugment') randAugment(image, config, random);
  else autoAugment(image, config, random);
}
