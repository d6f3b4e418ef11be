import { describe, expect, it } from 'vitest';
import { autoAugment, randAugment } from '../../../src/data/augment/automatic.ts';
import { OPERATIONS } from '../../../src/data/augment/operations.ts';
import type { Image } from '../../../src/data/augment/image.ts';
import { POLICIES } from '../../../src/data/augment/policies.ts';
import { Purpose, RandomSequence } from '../../../src/data/random.ts';
import { pixelsOf } from '../images.ts';

const fresh = (): Image => ({
  width: 33,
  height: 33,
  pixels: new Uint8Array(pixelsOf(33, 33, 2)),
});
const random = (example: number): RandomSequence => new RandomSequence(1, Purpose.automatic, 0, example);
const text = ({ pixels }: Image): string => Buffer.from(pixels).toString('latin1');

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

  it('applies one operation of the list at its magnitude, and each of them at some time', () => {
    const expected = new Map(
      magnitudes.map(([name, magnitude]) => {
        const image = fresh();
        OPERATIONS[name](image, magnitude);
        return [text(image), `${name} ${magnitude}`];
      }),
    );
    const seen = new Set<string | undefined>();
    for (let example = 0; example < 400; example++) {
      const image = fresh();
      randAugment(image, { operations: 1, magnitude: 9 }, random(example));
      seen.add(expected.get(text(image)));
    }
    expect(seen).not.toContain(undefined);
    expect(seen.size).toBe(expected.size);
  });

  it('changes nothing with signed operations at magnitude 0 but Posterize and Solarize, which start at none', () => {
    for (let example = 0; example < 60; example++) {
      const image = fresh();
      randAugment(image, { operations: 1, magnitude: 0 }, random(example));
      const changed = text(image) !== text(fresh());
      const tables = (['AutoContrast', 'Equalize', 'Solarize'] as const).map((name) => {
        const one = fresh();
        OPERATIONS[name](one, 255);
        return text(one);
      });
      if (changed) expect(tables).toContain(text(image));
    }
  });
});

describe('autoAugment', () => {
  it.each(['imagenet', 'cifar10'] as const)('has 25 pairs for %s with levels and probabilities in range', (policy) => {
    expect(POLICIES[policy].length).toBe(25);
    for (const [, probability, level] of POLICIES[policy].flat()) {
      expect(probability >= 0 && probability <= 1 && level >= 0 && level <= 9).toBe(true);
    }
  });

  it('leaves as many images unchanged as the probabilities predict', () => {
    const trials = 600;
    let same = 0;
    for (let example = 0; example < trials; example++) {
      const image = fresh();
      autoAugment(image, { policy: 'cifar10' }, random(example));
      if (text(image) === text(fresh())) same++;
    }
    const expected = POLICIES.cifar10.reduce((sum, pair) => sum + pair.reduce((p, [, q]) => p * (1 - q), 1), 0) / 25;
    const error = Math.sqrt((expected * (1 - expected)) / trials);
    // Some steps change nothing on this image (a colour factor of 1), so there may be more, never fewer.
    expect(same / trials).toBeGreaterThan(expected - 4 * error);
    expect(same / trials).toBeLessThan(expected + 4 * error + 0.2);
  });
});
