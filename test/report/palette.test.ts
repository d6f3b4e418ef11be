import { describe, expect, test } from 'vitest';
import { colours, darkRules, paper, seriesStyle, type Colour } from '../../src/report/palette.ts';

type Rgb = readonly [number, number, number];

/** sRGB as linear light, 0 to 1 (IEC 61966-2-1). */
function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const luminance = ([r, g, b]: Rgb): number => 0.2126 * r + 0.7152 * g + 0.0722 * b;

/** WCAG 2.2's contrast ratio. */
function contrast(a: string, b: string): number {
  const [low, high] = [luminance(linear(a)), luminance(linear(b))].sort((x, y) => x - y);
  return (high! + 0.05) / (low! + 0.05);
}

/** The linear light that a person with a full deficiency perceives (Machado, Oliveira & Fernandes 2009). */
const deficiencies: Readonly<Record<string, readonly Rgb[]>> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const perceived = (rgb: Rgb, matrix: readonly Rgb[]): Rgb =>
  matrix.map((row) => Math.min(1, Math.max(0, row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2]))) as unknown as Rgb;

/** CIE L*a*b* under D65. */
function lab([r, g, b]: Rgb): Rgb {
  const f = (t: number): number => (t > 216 / 24389 ? Math.cbrt(t) : (t * 24389) / 27 / 116 + 4 / 29);
  const x = f((0.4124564 * r + 0.3575761 * g + 0.1804375 * b) / 0.95047);
  const y = f(0.2126729 * r + 0.7151522 * g + 0.072175 * b);
  const z = f((0.0193339 * r + 0.119192 * g + 0.9503041 * b) / 1.08883);
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const difference = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

const all: [string, Colour][] = Object.entries(colours);

describe.each(['light', 'dark'] as const)('on the %s page', (scheme) => {
  test.each(all)('%s has a contrast of at least 3 with the background (WCAG 1.4.11)', (_, colour) => {
    expect(contrast(colour[scheme], paper[scheme])).toBeGreaterThanOrEqual(3);
  });

  test.each(Object.entries(deficiencies))('the colours of series differ with %s (dE 1976 above 10)', (_, matrix) => {
    const series = all.filter(([name]) => name !== 'grey').map(([, colour]) => colour[scheme]);
    const distances = series.flatMap((a, index) =>
      series
        .slice(index + 1)
        .map((b) => difference(lab(perceived(linear(a), matrix)), lab(perceived(linear(b), matrix)))),
    );
    expect(Math.min(...distances)).toBeGreaterThan(10);
  });
});

test('24 series all look different', () => {
  const looks = Array.from({ length: 24 }, (_, index) => JSON.stringify(seriesStyle(index)));
  expect(new Set(looks).size).toBe(24);
});

test('the dark rules name every colour', () => {
  for (const [, { light, dark }] of all) {
    expect(darkRules()).toContain(`.drawing [fill="${light}"]`);
    expect(darkRules()).toContain(`stroke: ${dark}`);
  }
});
