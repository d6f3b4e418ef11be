import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Engine, StepFeeds } from '../../src/engine/engine.ts';
import { Checkpoints } from '../../src/train/files/checkpoints.ts';
import { runFolder } from '../../src/train/files/run-folder.ts';
import { train } from '../../src/train/run.ts';
import { FakeEngine, type FakeOptions } from '../support/fake-engine.ts';
import { failureOf, reproduciblePart, temporaryFolder, type TestJob, testJob } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

/** A job whose engine runs its steps beside JavaScript, and the steps at which the loss was read. */
function asynchronousJob(name: string, set: object = {}, beforeStep?: FakeOptions['beforeStep']) {
  const job = testJob(folder.at(name), set as Record<string, unknown>, beforeStep);
  const read: number[] = [];
  const createEngine: TestJob['createEngine'] = (images) => {
    const engine: Engine = job.createEngine(images);
    return Object.assign(engine, {
      stageStep: (feeds: StepFeeds, readLoss: boolean) => {
        const copy = { ...feeds, images: feeds.images.slice(), labels: feeds.labels.slice() };
        return async () => {
          await nextTurn();
          const loss = engine.step(copy);
          if (readLoss) read.push(feeds.step + 1);
          return readLoss ? loss : undefined;
        };
      },
    });
  };
  return { job: { ...job, createEngine }, read };
}

const newest = (name: string) => new Checkpoints(runFolder(folder.at(name)).checkpoints, () => undefined).findNewest()!;

describe('steps that run beside JavaScript', () => {
  it('give the measurement and weights of steps in the thread of JavaScript', async () => {
    const beside = await train(asynchronousJob('beside').job);
    const synchronous = await train(testJob(folder.at('synchronous')));
    expect(reproduciblePart(beside)).toEqual(reproduciblePart(synchronous));
    expect(newest('beside').checkpoint.tensors).toEqual(newest('synchronous').checkpoint.tensors);
  });

  it('resume with the same result after a failure in the middle', async () => {
    let fails = true;
    const broken = asynchronousJob('run', { 'execution.checkpointEverySeconds': 1e-9 }, (step) => {
      if (step === 23 && fails) throw new Error('lost');
      return undefined;
    });
    await expect(train(broken.job)).rejects.toThrow('lost');
    expect(newest('run').checkpoint.state.ledger.steps).toBe(23);
    fails = false;
    expect(reproduciblePart(await train(asynchronousJob('run').job))).toEqual(
      reproduciblePart(await train(testJob(folder.at('synchronous')))),
    );
  });
});

describe('execution.readLossEvery', () => {
  const every = { 'execution.readLossEvery': 4 };

  it('reads the loss of every n-th step and of the last one, and changes no weight', async () => {
    const { job, read } = asynchronousJob('run', every);
    const measurement = await train(job);
    expect(read).toEqual([4, 8, 12, 16, 20, 24, 28, 32, 36, 40, 44, 48]);
    expect(measurement.totals.steps).toBe(48);
    const synchronous = await train(testJob(folder.at('synchronous')));
    expect(measurement.curve.map(({ loss, top1 }) => ({ loss, top1 }))).toEqual(
      synchronous.curve.map(({ loss, top1 }) => ({ loss, top1 })),
    );
    expect(newest('run').checkpoint.tensors).toEqual(newest('synchronous').checkpoint.tensors);
  });

  it('finds a divergence at the next reading, and names the step in which it began', async () => {
    const { job } = asynchronousJob('run', every, (step) => (step >= 25 ? NaN : undefined));
    const error = await failureOf(job);
    expect(error.exitCode).toBe(70);
    expect(error.message).toMatch(/^diverged in step 25: the training loss is NaN/);
    expect(error.message).toContain('MatMul in layer fc');
    // The compute of the steps up to the reading was spent.
    expect(job.reporter.measurements).toMatchObject([{ status: 'diverged', totals: { steps: 28 } }]);
  });

  it('writes no checkpoint of weights that are not finite', async () => {
    const { job } = asynchronousJob('run', { ...every, 'execution.checkpointEverySeconds': 1e-9 }, undefined);
    const createEngine: typeof job.createEngine = (images) => {
      const engine = job.createEngine(images);
      const { stepsTaken } = job.engines[0]!;
      return Object.assign(engine, {
        readState: () => {
          const state = FakeEngine.prototype.readState.call(engine);
          if (stepsTaken.includes(13)) state.get('fc.weight')!.values[2] = NaN;
          return state;
        },
        findNonFinite: () => ({ layer: 'fc', op: 'weights' }),
      });
    };
    const error = await failureOf({ ...job, createEngine });
    expect(error.exitCode).toBe(70);
    expect(error.message).toMatch(/^diverged after step 14: weights are NaN or infinite;/);
    expect(newest('run').checkpoint.state.ledger.steps).toBe(13);
  });
});
