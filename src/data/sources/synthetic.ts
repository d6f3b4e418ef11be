import type { DatasetIndex } from '../dataset.ts';
import { Purpose, RandomSequence } from '../random.ts';
import { shareInts } from '../store.ts';
import type { Split } from '../store.ts';

/** What is generated; images are `side` x `side` pixels. */
export interface SyntheticOptions {
  readonly classes: number;
  readonly trainExamples: number;
  readonly validationExamples: number;
  readonly side: number;
  readonly seed: number;
}

/** The largest deviation of a pixel from the pattern of its class; a pixel is 0 to 255. */
const NOISE = 64;

/**
 * Generates images that a network can learn to classify. Each class is a plane wave with its own direction, wavelength and
 * colours; phase and noise are random. The classes alternate, so they are balanced.
 */
export function openSynthetic(options: SyntheticOptions): DatasetIndex {
  const { classes, trainExamples, validationExamples, side, seed } = options;
  return {
    source: 'synthetic',
    name: `synthetic-${classes}-${side}-${seed}`,
    classes: Array.from({ length: classes }, (_, i) => `class${String(i).padStart(4, '0')}`),
    train: generate(options, trainExamples, 0),
    validation: generate(options, validationExamples, 1),
    identities: {
      train: (image) => `${seed} 0 ${side} ${image}`,
      validation: (image) => `${seed} 1 ${side} ${image}`,
    },
    skipped: [],
  };
}

function generate(options: SyntheticOptions, count: number, split: number): Split {
  const length = 3 * options.side ** 2;
  const pixels = new Uint8Array(count * length);
  const labels = shareInts(Array.from({ length: count }, (_, i) => i % options.classes));
  for (let i = 0; i < count; i++) {
    const random = new RandomSequence(options.seed, Purpose.synthetic, split, i);
    drawImage(pixels.subarray(i * length, (i + 1) * length), options, labels[i]!, random);
  }
  return {
    store: { kind: 'memory', side: options.side, pixels },
    indices: shareInts(Array.from({ length: count }, (_, i) => i)),
    labels,
  };
}

function drawImage(out: Uint8Array, { classes, side }: SyntheticOptions, label: number, random: RandomSequence): void {
  // The angles are spread over a half circle; wavelengths and colours alternate.
  const angle = (Math.PI * label) / classes;
  const wavesPerSide = 2 + (label % 3) * 2;
  const across = (Math.cos(angle) * 2 * Math.PI * wavesPerSide) / side;
  const down = (Math.sin(angle) * 2 * Math.PI * wavesPerSide) / side;
  const phase = 2 * Math.PI * random.uniform();
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const wave = Math.sin(across * x + down * y + phase);
      const noise = random.uint32();
      for (let channel = 0; channel < 3; channel++, at++) {
        const amplitude = 20 + 44 * ((label + channel) % 2);
        const shift = (((noise >>> (8 * channel)) & 255) / 255 - 0.5) * 2 * NOISE;
        out[at] = Math.round(127 + amplitude * wave + shift);
      }
    }
  }
}
