import { describe, expect, it } from 'vitest';
import { autoAugment, magnitudeAt, randAugment } from '../../../src/data/augment/automatic.ts';
import { type OperationName, OPERATIONS } from '../../../src/data/augment/operations.ts';
import type { Image } from '../../../src/data/augment/image.ts';
import { POLICIES } from '../../../src/data/augment/policies.ts';
import { Purpose, RandomSequence } from '../../../src/data/random.ts';
import { pixelsOf } from '../images.ts';

const newImage = (): Image => ({
  width: 33,
  height: 33,
  pixels: new Uint8Array(pixelsOf(33, 33, 2)),
});
const random = (example: number): RandomSequence => new RandomSequence(1, Purpose.automatic, 0, example);
const textOf = ({ pixels }: Image): string => Buffer.from(pixels).toString('latin1');

describe('randAugment', () => {
  /** Magnitude 9 of 30 is three tenths of each range. */
  const magnitudes = [
    ['Identity', 0],
    ['ShearX', 0.09],
    ['ShearX', -0.09],
    ['ShearY', 0.09],
    ['ShearY', -0.09],
    ['TranslateX', ((150 / 331) * 33 * 9) / 30],
    ['TranslateX', ((-150 / 331) * 33 * 9) / 30],
    ['TranslateY', ((150 / 331) * 33 * 9) / 30],
    ['TranslateY', ((-150 / 331) * 33 * 9) / 30],
    ['Rotate', 9],
    ['Rotate', -9],
    ['Brightness', 0.27],
    ['Brightness', -0.27],
    ['Color', 0.27],
    ['Color', -0.27],
    ['Contrast', 0.27],
    ['Contrast', -0.27],
    ['Sharpness', 0.27],
    ['Sharpness', -0.27],
    // 8 - round(9 / 7.5)
    ['Posterize', 7],
    ['Solarize', 255 * 0.7],
    ['AutoContrast', 0],
    ['Equalize', 0],
  ] as const;

  it('applies one operation of the list at its magnitude, and every operation within 400 images', () => {
    const expected = new Map(
      magnitudes.map(([name, magnitude]) => {
        const image = newImage();
        OPERATIONS[name](image, magnitude);
        return [textOf(image), `${name} ${magnitude}`];
      }),
    );
    const seen = new Set<string | undefined>();
    for (let example = 0; example < 400; example++) {
      const image = newImage();
      randAugment(image, { operations: 1, magnitude: 9 }, random(example));
      seen.add(expected.get(textOf(image)));
    }
    expect(seen).not.toContain(undefined);
    expect(seen.size).toBe(expected.size);
  });

  it('changes an image at magnitude 0 only by the operations without a magnitude, and by Solarize of the value 255', () => {
    const results = Array.from({ length: 400 }, (_, example) => {
      const image = newImage();
      randAugment(image, { operations: 1, magnitude: 0 }, random(example));
      return textOf(image);
    });
    const expected = (['Identity', 'AutoContrast', 'Equalize', 'Solarize'] as const).map((name) => {
      const image = newImage();
      OPERATIONS[name](image, 255);
      return textOf(image);
    });
    expect(new Set(results)).toEqual(new Set(expected));
  });
});

describe('autoAugment', () => {
  it.each(['imagenet', 'cifar10'] as const)('has 25 pairs for %s with levels and probabilities in range', (policy) => {
    expect(POLICIES[policy].length).toBe(25);
    for (const [, probability, level] of POLICIES[policy].flat()) {
      expect(probability >= 0 && probability <= 1 && level >= 0 && level <= 9).toBe(true);
    }
  });

  type Step = readonly [name: OperationName, probability: number, level: number];

  /** The ways to apply a step, each with its probability: not at all, or with a magnitude of either sign. */
  const outcomesOf = ([name, probability, level]: Step) => {
    const { magnitude, signed } = magnitudeAt(name, level / 9, newImage());
    const apply = (sign: number) => (image: Image) => {
      OPERATIONS[name](image, signed ? sign * magnitude : magnitude);
    };
    return [
      { share: 1 - probability, apply: () => undefined },
      { share: probability / 2, apply: apply(1) },
      { share: probability / 2, apply: apply(-1) },
    ];
  };

  /** The probability that a pair of steps leaves the image as it is. */
  const unchangedShare = ([first, second]: readonly [Step, Step]): number => {
    let share = 0;
    for (const one of outcomesOf(first))
      for (const other of outcomesOf(second)) {
        const image = newImage();
        one.apply(image);
        other.apply(image);
        if (textOf(image) === textOf(newImage())) share += one.share * other.share;
      }
    return share;
  };

  it('leaves as many images unchanged as the probabilities of the policy predict', () => {
    const trials = 600;
    let same = 0;
    for (let example = 0; example < trials; example++) {
      const image = newImage();
      autoAugment(image, { policy: 'cifar10' }, random(example));
      if (textOf(image) === textOf(newImage())) same++;
    }
    const expected = POLICIES.cifar10.reduce((sum, pair) => sum + unchangedShare(pair), 0) / 25;
    const standardError = Math.sqrt((expected * (1 - expected)) / trials);
    expect(Math.abs(same / trials - expected)).toBeLessThan(4 * standardError);
  });
});
