import { describe, expect, it } from 'vitest';
import { atMost } from '../../../../scripts/generate/benchmarks/numbers.ts';
import { xlaText } from '../../../../scripts/generate/benchmarks/xla-text.ts';

const both = (value: number) => ({ loss: value, gradient: value });
const result = (
  network: string,
  loss: number,
  [compiled, uncompiled, tensorflow]: readonly [number, number, number],
) => ({
  network,
  compiledAgainstUncompiled: both(loss),
  inFloat64: both(1e-12),
  againstFloat64: { compiled: both(compiled), uncompiled: both(uncompiled), tensorflowKernels: both(tensorflow) },
});

describe('xlaText', () => {
  it('counts the rows within the limit, and names the others', () => {
    const text = xlaText({
      results: [
        result('b:64:0.5', 2e-5, [8e-5, 1e-5, 2e-5]),
        result('c:32', 3e-5, [1e-5, 1e-6, 4e-5]),
        result('a:64', 1e-7, [1e-6, 2e-6, 3e-6]),
      ],
    });
    expect(text).toMatch(/a, 64 px .*\n.*c, 32 px .*\n.*b, 64 px, width 0\.5 /);
    expect(text).toContain('In 1 of 3 rows, the losses are equal within 1e-5. The others:');
    expect(text).toMatch(
      /- b, 64 px, width 0\.5: the losses differ by 2\.0e-5\. [^-]*8\.0e-5[^:]*counts this row as wrong\.\n- c/,
    );
    expect(text).toMatch(/- c, 32 px: the losses differ by 3\.0e-5\. .*\n.*TensorFlow's kernels by 4\.0e-5\.\n/);
    expect(text).toMatch(/in 1 of 3 rows,\nmost in b, 64 px, width 0\.5: 4 times as far/);
  });

  it('names no other row if all are within the limit', () => {
    const text = xlaText({ results: [result('a:64', 1e-7, [1e-6, 2e-6, 3e-6])] });
    expect(text).toContain('In 1 of 1 row, the losses are equal within 1e-5.\n');
    expect(text).toMatch(/both other kernels in 0 of 1 row\.$/);
  });
});

it.each([
  [2.516e-6, '2.6e-6'],
  [2.5e-6, '2.5e-6'],
  [9.95e-9, '1.0e-8'],
  [0, '0'],
])('%d is at most %s', (value, text) => {
  expect(atMost(value)).toBe(text);
});
