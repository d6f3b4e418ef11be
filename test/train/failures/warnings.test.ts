import { describe, expect, it } from 'vitest';
import { loadRun } from '../../../src/config/load.ts';
import type { DataDescription } from '../../../src/data/batch.ts';
import { findWarnings } from '../../../src/train/failures/warnings.ts';

describe('a batch', () => {
  const { recipe } = loadRun('configs/runs/synthetic.yaml', ['recipe.batch=32']);
  const warningsFor = (trainExamples: number) =>
    findWarnings({ level: null, recipe }, { trainExamples } as DataDescription);

  it('that is larger than the training split gives a warning, because epochs are exceeded', () => {
    expect(warningsFor(32)).toEqual([]);
    expect(warningsFor(31)).toEqual([
      expect.stringMatching(/^recipe\.batch is 32, but there are only 31 training images: a step repeats images/),
    ]);
  });
});
