import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseJson, readMeasurement } from '../../src/results/read.ts';
import { measurementText } from '../../src/results/store.ts';
import { validateMeasurement } from '../../src/results/validate/measurement.ts';
import { makeMeasurement } from '../support/measurements.ts';
import { temporaryFolder } from '../support/sweeps.ts';

const text = measurementText(makeMeasurement({ network: 'vgg11', epochs: 2 }));

describe('a measurement that is not valid JSON for a reason that a reader does not see', () => {
  it.each([
    [
      'a number that a double cannot hold',
      text.replace(/"flops": \d+/, '"flops": 1e999'),
      /flops is a number outside ±1\.79/,
    ],
    ['a byte order mark', `\uFEFF${text}`, /not JSON: it starts with a byte order mark; save it as UTF-8 without one/],
  ])('is refused with the reason: %s', (_, damaged, message) => {
    expect(damaged).not.toBe(text);
    const file = join(temporaryFolder(), 'm.json');
    writeFileSync(file, damaged);
    expect(() => readMeasurement(file)).toThrow(
      expect.objectContaining({ exitCode: 65, message: expect.stringMatching(message) as string }),
    );
    expect(validateMeasurement(damaged).map(({ message: found }) => found)).toEqual([
      expect.stringMatching(message) as string,
    ]);
  });

  it('names the path of the number', () => {
    expect(() => parseJson('{"a": [1, {"b": -1e400}]}')).toThrow(/^a\[1\]\.b is a number/);
    expect(parseJson('{"a": 1e308}')).toEqual({ a: 1e308 });
  });
});
