import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { openStepRecord, type StepResult, summarize } from '../../../../scripts/bench/step/step-record.ts';

const folder = mkdtempSync(join(tmpdir(), 'doubletime-bench-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const run = (name: string, median: number, peakMegabytes: number) => ({
  ...{ name, note: '', secondsToFirstStep: 1, peakMegabytes },
  ...{ best: median - 1, median, rounds: [median] },
});

const result = (network: string, ours: number, theirs?: number, precision = 'float32'): StepResult => ({
  ...{ network, input: 96, batch: 32, precision, stepsInARound: 3, rounds: 1, measuredAt: '2026-01-01T00:00:00.000Z' },
  runs: [run('graph', ours, 500), ...(theirs === undefined ? [] : [run('torch channels_last', theirs, 1000)])],
});

describe('the summary of a comparison with PyTorch', () => {
  it('is the geometric mean of the ratios and the worst network', () => {
    const summary = summarize([result('a', 11, 21), result('b', 11, 6)])!;
    expect(summary.networks).toBe(2);
    expect(summary.best).toEqual({ geometricMean: expect.closeTo(1, 12) as number, worst: 0.5, worstNetwork: 'b' });
    expect(summary.median.geometricMean).toBeCloseTo(Math.sqrt((21 / 11) * (6 / 11)), 12);
    expect(summary.peakMegabytes.worst).toBe(2);
  });

  it('leaves out networks that were not measured in PyTorch', () => {
    expect(summarize([result('a', 11, 21), result('b', 11)])!.networks).toBe(1);
    expect(summarize([result('b', 11)])).toBeUndefined();
  });
});

describe('the file of a comparison', () => {
  it('keeps other networks and precisions, and replaces a network that is measured again', () => {
    const file = join(folder, 'step.json');
    openStepRecord(file).add(result('a', 10, 20));
    openStepRecord(file).add(result('b', 10, 20));
    openStepRecord(file).add(result('a', 10, 30, 'bfloat16'));
    openStepRecord(file).add(result('a', 5, 20));
    const saved = JSON.parse(readFileSync(file, 'utf8')) as {
      results: StepResult[];
      summary: Record<string, { median: { worst: number } }>;
    };
    expect(saved.results.map(({ network, precision, runs }) => [network, precision, runs[0]!.median])).toEqual([
      ['a', 'float32', 5],
      ['b', 'float32', 10],
      ['a', 'bfloat16', 10],
    ]);
    expect(saved.summary['float32']!.median.worst).toBe(2);
    expect(saved.summary['bfloat16']!.median.worst).toBe(3);
  });

  it('is not a file of another benchmark', () => {
    const file = join(folder, 'overhead.json');
    const text = JSON.stringify({ benchmark: 'overhead', results: [] });
    writeFileSync(file, text);
    expect(() => openStepRecord(file)).toThrow(`--out ${file} exists, and is not a file of the benchmark "step"`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});
