import { existsSync, readFileSync, readdirSync, statSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/data/batch.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { hasValidSeal } from '../../src/results/measurement.ts';
import { progressSchema } from '../../src/results/progress.ts';
import { train } from '../../src/train/run.ts';
import { learningRateAt } from '../../src/train/schedule.ts';
import {
  crashBeforeStep,
  failureOf,
  finalTensors,
  reproduciblePart,
  readJsonLines,
  temporaryFolder,
  testJob,
} from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

/** 96 x 5 examples in batches of 10. */
const STEPS = 48;

describe('a complete run', () => {
  it('executes every step once and writes every file', async () => {
    const job = testJob(folder.at('run'));
    const measurement = await train(job);
    expect(job.engines[0]!.stepsTaken).toEqual([...Array(STEPS).keys()]);
    expect(readdirSync(folder.at('run')).sort()).toEqual([
      'checkpoints',
      'config.json',
      'curve.jsonl',
      'events.jsonl',
      'mark.json',
      'measurement.json',
      'progress.json',
      'run.yaml',
      'tensorboard',
    ]);
    const written = JSON.parse(readFileSync(folder.at('run/measurement.json'), 'utf8')) as Measurement;
    expect(written).toEqual(measurement);
    expect(hasValidSeal(written)).toBe(true);
    expect(readJsonLines(folder.at('run/curve.jsonl'))).toEqual(measurement.curve);
    const progress = progressSchema.parse(JSON.parse(readFileSync(folder.at('run/progress.json'), 'utf8')));
    expect(progress).toMatchObject({ state: 'finished', step: STEPS, steps: STEPS });
    expect(job.engines[0]!.closed).toBe(true);
  });

  it('evaluates at the first step at or beyond each epoch and records the compute up to it', async () => {
    const { curve, totals, counts } = await train(testJob(folder.at('run')));
    // 96, 192, 288, 384, 480 examples, rounded up to whole batches of 10
    expect(curve.map(({ examples }) => examples)).toEqual([100, 200, 290, 390, 480]);
    for (const point of curve) {
      expect(point.steps).toBe(point.examples / 10);
      expect(point.macs).toBe(point.steps * counts.stepMacs);
      expect(point.flops).toBe(point.steps * counts.stepFlops);
      const paper = (3 * counts.forwardMacsPerExample * point.examples) / 8.64e16;
      expect(point.paperTeraflopSecondDays).toBeCloseTo(paper, 20);
    }
    expect(totals.evaluation.examples).toBe(5 * 40);
    expect(totals.evaluation.macs).toBe(5 * 40 * counts.forwardMacsPerExample);
    expect(totals.wasted).toEqual({ examples: 0, steps: 0, macs: 0, flops: 0, seconds: 0 });
    expect(totals.energyJoules).toBeNull();
  });

  it('trains with the learning rates of the schedule', async () => {
    const job = testJob(folder.at('run'));
    const { curve } = await train(job);
    const plan = { recipe: job.config.recipe, trainExamples: 96 };
    expect(curve.map(({ learningRate }) => learningRate)).toEqual(
      [9, 19, 28, 38, 47].map((step) => learningRateAt(plan, step)),
    );
  });

  it('reports cost and utilization if the config has a price and a peak', async () => {
    const job = testJob(folder.at('run'), {
      'execution.pricePerHour': 2,
      'execution.peakFlopPerSecond': 1e12,
    });
    const { totals } = await train(job);
    const hours = Object.values(totals.seconds).reduce((a, b) => a + b, 0) / 3600;
    expect(totals.cost).toEqual({ amount: hours * 2, currency: 'USD', perHour: 2 });
    expect(totals.utilization).toBeCloseTo(totals.flopPerSecond / 1e12, 12);
  });

  it('returns its measurement and writes nothing if it has already finished', async () => {
    const first = await train(testJob(folder.at('run')));
    const before = readdirSync(folder.at('run')).map((name) => statSync(folder.at(`run/${name}`)).mtimeMs);
    const again = testJob(folder.at('run'));
    expect(await train(again)).toEqual(first);
    expect(again.engines).toEqual([]);
    expect(again.reporter.measurements).toEqual([first]);
    const after = readdirSync(folder.at('run')).map((name) => statSync(folder.at(`run/${name}`)).mtimeMs);
    expect(after).toEqual(before);
  });
});

describe('reaching the level', () => {
  it('stops at the first evaluation at the level, the one that the curve of a complete run shows', async () => {
    const whole = await train(testJob(folder.at('whole')));
    const reached = whole.curve.findIndex(({ top1 }) => top1 >= whole.curve[2]!.top1);
    const level = { metric: 'top1', value: whole.curve[2]!.top1, rule: { roundToPoints: 0 } };
    const measurement = await train(testJob(folder.at('level'), { level, stopAt: 'level' }));
    expect(measurement.status).toBe('reachedLevel');
    expect(measurement.curve.length).toBe(reached + 1);
    expect(measurement.crossing).toMatchObject({ steps: whole.curve[reached]!.steps });
  });

  it('with stopAt end, trains on and still reports the crossing', async () => {
    const level = { metric: 'top1', value: 0.01, rule: { roundToPoints: 0 } };
    const measurement = await train(testJob(folder.at('run'), { level }));
    const accuracy = measurement.curve[0]!.top1;
    expect(measurement).toMatchObject({ status: 'finished', crossing: { steps: 10, accuracy } });
  });

  it('is not possible without a value: the anchor trains to its end and reports it', async () => {
    const level = { metric: 'top1', anchor: 'resnet18' };
    const job = testJob(folder.at('run'), { level, stopAt: 'level' });
    const measurement = await train(job);
    expect(job.reporter.notes).toEqual(['the level has no value, so this run trains to its end']);
    expect(measurement).toMatchObject({ status: 'finished', crossing: null, level });
  });

  it('is refused if every network would reach the level, with a warning if guessing comes close', async () => {
    const level = { metric: 'top5', value: 0.9 };
    const error = await failureOf(testJob(folder.at('refused'), { level }));
    expect([error.exitCode, error.message]).toEqual([
      78,
      'level.metric is top5 and the dataset has 4 classes: top-5 accuracy would always be 100 %, use top1',
    ]);
    const job = testJob(folder.at('run'), { level, 'data.classes': 8 });
    const warning = 'with 8 classes, random guesses reach a top-5 accuracy of 62.5 %';
    expect((await train(job)).warnings).toEqual([warning]);
    expect(job.reporter.notes).toContain(`warning: ${warning}`);
  });

  it('stops when the budget is used up, after an evaluation', async () => {
    const measurement = await train(testJob(folder.at('run'), { 'budget.examples': 145 }));
    expect(measurement.status).toBe('outOfBudget');
    expect(measurement.curve.map(({ examples }) => examples)).toEqual([100, 150]);
  });

  it('evaluates after a given number of examples', async () => {
    const job = testJob(folder.at('run'), { evaluateEvery: { examples: 150 } });
    const { curve } = await train(job);
    expect(curve.map(({ examples }) => examples)).toEqual([150, 300, 450, 480]);
  });
});

/** Sends this process a signal before a step. */
const signalAt = (at: number, signal: NodeJS.Signals) => {
  let sent = false;
  return (step: number): undefined => {
    if (step === at && !sent) process.kill(process.pid, signal);
    sent ||= step === at;
  };
};

describe('signals', () => {
  it.each(['SIGTERM', 'SIGINT', 'SIGUSR1'] as const)(
    '%s: finishes the step, writes a checkpoint and exits with 75',
    async (signal) => {
      const job = testJob(folder.at('run'), {}, signalAt(23, signal));
      const error = await failureOf(job);
      expect(error.exitCode).toBe(75);
      expect(error.message).toContain(signal);
      const taken = job.engines[0]!.stepsTaken;
      // Steps take microseconds, so the kernel delivers the signal a few steps later.
      const last = Math.max(...taken);
      expect(last).toBeGreaterThanOrEqual(23);
      const name = `step-${String(last + 1).padStart(9, '0')}.safetensors`;
      expect(existsSync(folder.at(`run/checkpoints/${name}`))).toBe(true);
      expect(existsSync(folder.at('run/lock'))).toBe(false);
    },
  );

  it('a run that is stopped many times has the measurement of an uninterrupted run, to the bit', async () => {
    const whole = await train(testJob(folder.at('whole')));
    const taken: number[] = [];
    let measurement: Measurement | undefined;
    for (let stops = 0; measurement === undefined; stops++) {
      const from = taken.length;
      const job = testJob(folder.at('stopped'), {}, signalAt(from + 2, 'SIGTERM'));
      measurement = await train(job).catch((error: unknown) => {
        expect(error).toMatchObject({ exitCode: 75 });
        return undefined;
      });
      taken.push(...job.engines[0]!.stepsTaken);
      expect(stops).toBeLessThan(STEPS);
    }
    expect(taken).toEqual([...Array(STEPS).keys()]);
    expect(reproduciblePart(measurement)).toEqual(reproduciblePart(whole));
    expect(finalTensors(folder.at('stopped'))).toEqual(finalTensors(folder.at('whole')));
    expect(measurement.totals.wasted.steps).toBe(0);
  });
});

describe('after a crash', () => {
  it('repeats the steps after the checkpoint, counts the lost ones as wasted and measures the same', async () => {
    const whole = await train(testJob(folder.at('whole')));
    // Checkpoints at steps 0 and 10 (an evaluation).
    await crashBeforeStep(folder.at('crashed'), 17);
    await crashBeforeStep(folder.at('crashed'), 14);
    const job = testJob(folder.at('crashed'));
    const measurement = await train(job);
    expect(job.engines[0]!.stepsTaken[0]).toBe(10);
    expect(measurement.totals.wasted).toMatchObject({
      steps: 7 + 4,
      examples: 110,
      macs: 11 * measurement.counts.stepMacs,
      flops: 11 * measurement.counts.stepFlops,
    });
    expect(measurement.totals.wasted.seconds).toBeGreaterThan(0);
    expect(reproduciblePart(measurement)).toEqual(reproduciblePart(whole));
    expect(finalTensors(folder.at('crashed'))).toEqual(finalTensors(folder.at('whole')));
  });

  it('before its first checkpoint, counts the steps from the start of the run as wasted', async () => {
    await crashBeforeStep(folder.at('run'), 3);
    const { totals } = await train(testJob(folder.at('run')));
    expect(totals.wasted.steps).toBe(3);
    expect(totals.steps).toBe(STEPS);
  });

  it('is refused if the images have changed', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const job = testJob(folder.at('run'));
    const openDataset = async (): Promise<Dataset> => {
      const images = await job.openImages();
      return {
        ...images,
        description: { ...images.description, sha256: '0'.repeat(64), trainExamples: 95 },
      };
    };
    const error = await failureOf({ ...job, openImages: openDataset });
    expect(error.exitCode).toBe(65);
    expect(error.message).toMatch(
      /run was started with different images: synthetic-\S+ now has 95 training images and 40 validation images; undo/,
    );
    // With the original images it resumes.
    expect((await train(testJob(folder.at('run')))).totals.steps).toBe(STEPS);
  });

  it('reports the skipped damaged images by class, at the start and in the measurement', async () => {
    const job = testJob(folder.at('run'));
    const skipped = [{ path: 'train/a/1.jpg', reason: 'train/a/1.jpg is empty' }];
    const skippedByClass = [{ split: 'train' as const, class: 'a', skipped: 1, left: 9 }];
    const openDataset = async (): Promise<Dataset> => {
      const images = await job.openImages();
      return { ...images, description: { ...images.description, skipped, skippedByClass } };
    };
    const { data } = await train({ ...job, openImages: openDataset });
    expect(data).toMatchObject({ skipped, skippedByClass });
    const messages = readJsonLines(folder.at('run/events.jsonl')).map((line) => (line as { msg: string }).msg);
    expect(messages).toContain('1 bad image skipped: train a 1 of 10');
  });

  it('removes an incomplete last line of the log, and logs this', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const log = folder.at('run/events.jsonl');
    const text = readFileSync(log, 'utf8');
    writeFileSync(log, text.slice(0, -20));
    await train(testJob(folder.at('run')));
    const messages = readJsonLines(log).map((line) => (line as { msg: string }).msg);
    expect(messages).toContain('the last line of this log was incomplete and was removed');
    expect(messages.at(-1)).toBe('finished');
  });

  it('removes the temporary file of an incomplete checkpoint', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const leftover = folder.at('run/checkpoints/step-000000017.safetensors.1.tmp');
    writeFileSync(leftover, 'half');
    const prepared = folder.at('run/lock.0123456789ab.new');
    writeFileSync(prepared, 'half');
    const longAgo = Date.now() / 1000 - 61;
    utimesSync(prepared, longAgo, longAgo);
    // A dangling link fails like a file that another process removes between the listing and the check.
    symlinkSync('gone', folder.at('run/lock.ba9876543210.new'));
    await train(testJob(folder.at('run')));
    expect([leftover, prepared].filter((path) => existsSync(path))).toEqual([]);
  });
});
