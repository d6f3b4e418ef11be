import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { compileKernel } from '../../../scripts/generate/build-resize.ts';
import { Resizer } from '../../../src/data/resize/resizer.ts';
import type { Box, Size } from '../../../src/data/resize/box.ts';
import { fullBox } from '../../../src/data/resize/box.ts';
import { planWindow } from '../../../src/data/resize/sampling.ts';
import { pixelsOf } from '../images.ts';

type Weight = (distance: number) => number;
const WEIGHTS: Record<'linear' | 'cubic' | 'lanczos3', { support: number; weight: Weight }> = {
  linear: { support: 1, weight: (x) => Math.max(0, 1 - Math.abs(x)) },
  cubic: {
    support: 2,
    weight: (x) => {
      const d = Math.abs(x);
      if (d >= 2) return 0;
      return d < 1 ? 1.5 * d ** 3 - 2.5 * d ** 2 + 1 : -0.5 * d ** 3 + 2.5 * d ** 2 - 4 * d + 2;
    },
  },
  lanczos3: {
    support: 3,
    weight: (x) => {
      if (x === 0) return 1;
      const t = Math.PI * x;
      return Math.abs(x) < 3 ? (Math.sin(t) * Math.sin(t / 3) * 3) / (t * t) : 0;
    },
  },
};

/** The definition in floating point: each output is the weighted mean of the inputs that its widened filter covers. */
function weightsOf(inputs: number, outputs: number, name: keyof typeof WEIGHTS): [number, number][][] {
  const { support, weight } = WEIGHTS[name];
  const scale = inputs / outputs;
  const stretch = Math.max(1, scale);
  return Array.from({ length: outputs }, (_, at) => {
    const center = (at + 0.5) * scale;
    const near = Array.from({ length: inputs }, (_x, i) => i).filter(
      (i) => Math.abs(i + 0.5 - center) < support * stretch,
    );
    const raw = near.map((i) => weight((i + 0.5 - center) / stretch));
    const sum = raw.reduce((a, b) => a + b, 0);
    return near.map((i, k) => [i, raw[k]! / sum]);
  });
}

function expectedPixels(image: Size, pixels: Buffer, box: Box, size: Size, name: keyof typeof WEIGHTS): number[] {
  const rows = weightsOf(box.height, size.height, name);
  const columns = weightsOf(box.width, size.width, name);
  const out: number[] = [];
  for (const row of rows) {
    for (const column of columns) {
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (const [y, wy] of row) {
          for (const [x, wx] of column) {
            sum += wy * wx * pixels[3 * ((box.top + y) * image.width + box.left + x) + channel]!;
          }
        }
        out.push(Math.min(255, Math.max(0, sum)));
      }
    }
  }
  return out;
}

const image = { width: 37, height: 29 };
const whole = { top: 0, left: 0, ...image };
const source = pixelsOf(37, 29, 3);

function resized(box: Box, size: Size, name: 'nearest' | keyof typeof WEIGHTS): Uint8Array {
  const resizer = new Resizer();
  resizer.source(source.length).set(source);
  return resizer.sample(whole, planWindow(box, size, fullBox(size), name));
}

describe('Resizer', () => {
  it.each([
    ['linear', whole, { width: 16, height: 16 }],
    ['linear', whole, { width: 80, height: 61 }],
    ['linear', { top: 3, left: 5, width: 11, height: 20 }, { width: 7, height: 33 }],
    ['linear', { top: 28, left: 36, width: 1, height: 1 }, { width: 5, height: 5 }],
    ['linear', whole, { width: 1, height: 1 }],
    ['cubic', whole, { width: 20, height: 45 }],
    ['lanczos3', { top: 1, left: 2, width: 30, height: 25 }, { width: 13, height: 40 }],
  ] as const)('%s interpolation of %j to %j gives the values of its definition', (name, box, size) => {
    const got = resized(box, size, name);
    const expected = expectedPixels(image, source, box, size, name);
    expect(got.length).toBe(expected.length);
    // Rounding to a byte is off by up to 0.5; the rest is the rounding of the kernel's fixed-point weights.
    const largest = got.reduce((worst, value, i) => Math.max(worst, Math.abs(value - expected[i]!)), 0);
    expect(largest).toBeLessThan(0.75);
  });

  it('takes the pixel at the center with nearest interpolation', () => {
    const got = resized(whole, { width: 5, height: 4 }, 'nearest');
    for (let y = 0; y < 4; y++) {
      for (let x = 0; x < 5; x++) {
        const from = 3 * (Math.floor((y + 0.5) * (29 / 4)) * 37 + Math.floor((x + 0.5) * (37 / 5)));
        expect([...got.subarray(3 * (y * 5 + x), 3 * (y * 5 + x) + 3)]).toEqual([...source.subarray(from, from + 3)]);
      }
    }
  });

  it.each(['linear', 'cubic', 'lanczos3'] as const)('keeps a uniform area unchanged: %s', (name) => {
    const resizer = new Resizer();
    for (const value of [0, 1, 128, 254, 255]) {
      resizer.source(source.length).fill(value);
      const got = resizer.sample(
        whole,
        planWindow(whole, { width: 23, height: 50 }, { ...whole, width: 23, height: 50 }, name),
      );
      expect(got.every((one) => one === value)).toBe(true);
    }
  });

  it('works after a larger image has grown its memory', () => {
    const resizer = new Resizer();
    resizer.source(3 * 2000 * 1500).fill(77);
    const box = fullBox({ width: 2000, height: 1500 });
    const size = { width: 8, height: 8 };
    const sampling = planWindow(box, size, fullBox(size), 'linear');
    const large = resizer.sample(box, sampling);
    expect(large.every((value) => value === 77)).toBe(true);
    resizer.source(source.length).set(source);
    const small = planWindow(whole, size, fullBox(size), 'linear');
    expect(resizer.sample(whole, small)).toEqual(resized(whole, size, 'linear'));
  });

  it.each([
    ['linear', { width: 20, height: 16 }, { left: 3, top: 2, width: 11, height: 9 }],
    ['cubic', { width: 55, height: 44 }, { left: 20, top: 0, width: 30, height: 44 }],
    ['lanczos3', { width: 9, height: 7 }, { left: 0, top: 3, width: 1, height: 1 }],
    ['nearest', { width: 20, height: 70 }, { left: 19, top: 60, width: 1, height: 10 }],
    ['linear', image, { left: 7, top: 5, width: 30, height: 24 }],
  ] as const)(
    'with %s interpolation to %j gives the window %j as from the whole image, and reads no other pixel',
    (name, size, window) => {
      const all = resized(whole, size, name);
      const sampling = planWindow(whole, size, window, name);
      const { part } = sampling;
      // Only the part is in memory; the rest of the memory is noise.
      const resizer = new Resizer();
      const memory = resizer.source(source.length);
      for (let at = 0; at < memory.length; at++) memory[at] = (at * 97) & 255;
      for (let y = 0; y < part.height; y++) {
        const from = 3 * ((part.top + y) * image.width + part.left);
        source.copy(memory, 3 * y * part.width, from, from + 3 * part.width);
      }
      const got = resizer.sample(part, sampling);
      for (let y = 0; y < window.height; y++) {
        const from = 3 * ((window.top + y) * size.width + window.left);
        expect(got.subarray(3 * y * window.width, 3 * (y + 1) * window.width)).toEqual(
          all.subarray(from, from + 3 * window.width),
        );
      }
      expect(part.width * part.height).toBeLessThan(image.width * image.height);
    },
  );

  it('runs the kernel that kernel.assembly compiles to', async () => {
    const committed = readFileSync(new URL('../../../src/data/resize/kernel.ts', import.meta.url), 'utf8');
    expect(committed).toBe(await compileKernel());
  });
});
