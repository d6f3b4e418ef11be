import { writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FlopsLimit } from '../../src/results/flops-limit.ts';
import { measurementText } from '../../src/results/store.ts';
import { validateMeasurement } from '../../src/results/validate/measurement.ts';
import { train } from '../../src/train/run.ts';
import { readJsonLines, temporaryFolder, testJob } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

/** 480 examples, an evaluation after 100, 200, 290, 390 and 480 of them, and a level that is never reached. */
const unreachable = { level: { metric: 'top1', value: 1 }, stopAt: 'level' };

const limitOf = (flops: number): FlopsLimit => ({
  rule: 'cheapestSoFar',
  factor: 2,
  cheapest: { run: 'alexnet-s0-12345678', network: 'alexnet', flops },
  limitFlops: 2 * flops,
});
const writeLimit = (limit: unknown) => {
  writeFileSync(folder.at('run/budget.json'), JSON.stringify(limit));
};

describe('a limit that a sweep sets while a run is running', () => {
  it('stops the run at the first evaluation beyond the limit, and the measurement contains it', async () => {
    const whole = await train(testJob(folder.at('whole'), unreachable));
    const perStep = whole.counts.stepFlops;
    // Step 12 sets a limit of 24.5 steps: the evaluation after step 20 is below it, the one after step 29 is not.
    const limit = limitOf((24.5 / 2) * perStep);
    const job = testJob(
      folder.at('run'),
      unreachable,
      (step) => {
        if (step === 12) writeLimit(limit);
        return undefined;
      },
      { float32Losses: true },
    );
    const measurement = await train(job);
    expect(measurement).toMatchObject({
      status: 'stoppedEarly',
      earlyStop: limit,
      crossing: null,
      totals: { steps: 29, flops: 29 * perStep },
    });
    expect(measurement.curve).toHaveLength(3);
    expect(measurement.config).toEqual(whole.config);
    const findings = validateMeasurement(measurementText(measurement));
    expect(findings.filter(({ kind }) => kind === 'error')).toEqual([]);
    expect(readJsonLines(folder.at('run/progress.json'))[0]).toMatchObject({
      state: 'finished',
      message: expect.stringMatching(/^stopped early: 2 x the .*FLOP with which alexnet-s0-12345678 reached/) as string,
    });
    expect(job.engines[0]?.stepsTaken).toHaveLength(29);
    const again = testJob(folder.at('run'), unreachable);
    expect(await train(again)).toEqual(measurement);
    expect(again.engines).toEqual([]);
  });

  it('stops a resumed run at the same step', async () => {
    const stopped = testJob(folder.at('run'), unreachable, (step) => {
      if (step === 20) {
        writeLimit(limitOf(1));
        throw new Error('a crash right after the evaluation');
      }
      return undefined;
    });
    await expect(train(stopped)).rejects.toThrow('a crash');
    const measurement = await train(testJob(folder.at('run'), unreachable));
    expect(measurement).toMatchObject({ status: 'stoppedEarly', totals: { steps: 20 } });
  });

  it('stops neither a run that reaches its level there nor one that trains to its end', async () => {
    const low = { ...unreachable, level: { metric: 'top1', value: 0.01 } };
    const start = (set: Readonly<Record<string, unknown>>) => {
      const job = testJob(folder.at('run'), set, (step) => {
        if (step === 5) writeLimit(limitOf(1));
        return undefined;
      });
      return train(job);
    };
    expect((await start(low)).status).toBe('reachedLevel');
    folder.remove();
    expect((await start({ ...unreachable, stopAt: 'end' })).status).toBe('finished');
  });

  it('does not stop a run that must confirm its level in further evaluations', async () => {
    const threeInARow = { metric: 'top1', value: 0.01, rule: { evaluationsInARow: 3 } };
    const job = testJob(folder.at('run'), { level: threeInARow, stopAt: 'level' }, (step) => {
      if (step === 5) writeLimit(limitOf(1));
      return undefined;
    });
    const { status, crossing, curve } = await train(job);
    expect([status, crossing?.steps, curve.length]).toEqual(['reachedLevel', 10, 3]);
  });

  it('is ignored with a warning if it cannot be read', async () => {
    const job = testJob(folder.at('run'), unreachable, (step) => {
      if (step === 5) writeLimit({ limitFlops: 1 });
      return undefined;
    });
    expect((await train(job)).status).toBe('finished');
    expect(job.reporter.notes.join('\n')).toMatch(/budget\.json is ignored/);
  });
});
