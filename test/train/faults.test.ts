import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { StepFeeds } from '../../src/engine/engine.ts';
import { nonFiniteWeights } from '../../src/engine/non-finite.ts';
import { train } from '../../src/train/run.ts';
import { FakeEngine } from '../support/fake-engine.ts';
import { failureOf, reproduciblePart, readJsonLines, temporaryFolder, testJob } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
let mounted: string[] = [];
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  for (const path of mounted) execFileSync('umount', ['-l', path]);
  mounted = [];
  folder.remove();
});

/** Mounts a small disk; returns the reason if that is not possible here. */
function mount(path: string, options: string): string | undefined {
  try {
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', path], { stdio: 'pipe' });
    mounted.push(path);
    return undefined;
  } catch (error) {
    return `no tmpfs can be mounted here: ${String(error).split('\n')[0] ?? ''}`;
  }
}

describe('a full disk', () => {
  it('ends the run with 74; with free space it resumes and measures the same', async (context) => {
    const reason = mount(folder.at('disk'), 'size=256k');
    if (reason) context.skip(reason);
    const filler = folder.at('disk/filler');
    let filled = false;
    const job = testJob(folder.at('disk/run'), {}, (step) => {
      if (step === 23 && !filled) {
        filled = true;
        const { bsize, bavail } = statfs(folder.at('disk'));
        writeFileSync(filler, Buffer.alloc(bsize * bavail));
      }
      return undefined;
    });
    const error = await failureOf(job);
    expect(error.exitCode).toBe(74);
    expect(error.message).toMatch(/the disk is full: free some space/);
    expect(existsSync(folder.at('disk/run/lock'))).toBe(false);
    rmSync(filler);
    const measurement = await train(testJob(folder.at('disk/run')));
    expect(reproduciblePart(measurement)).toEqual(reproduciblePart(await train(testJob(folder.at('whole')))));
  });

  it('is reported before the first step if the disk is full at the start', async (context) => {
    const reason = mount(folder.at('disk'), 'size=16k');
    if (reason) context.skip(reason);
    const job = testJob(folder.at('disk/run'));
    expect((await failureOf(job)).exitCode).toBe(74);
    expect(job.engines[0]?.stepsTaken ?? []).toEqual([]);
  });
});

const statfs = (path: string): { bsize: number; bavail: number } => {
  const [bsize, bavail] = execFileSync('stat', ['-f', '-c', '%S %a', path], { encoding: 'utf8' })
    .trim()
    .split(' ')
    .map(Number);
  return { bsize: bsize!, bavail: bavail! };
};

describe('a folder that cannot be written', () => {
  it('is refused with 73 before the dataset is opened', async (context) => {
    const path = folder.at('readonly');
    if (process.getuid?.() === 0) {
      const reason = mount(path, 'ro,size=64k');
      if (reason) context.skip(`root may write everywhere, and ${reason}`);
    } else {
      mkdirSync(path);
      chmodSync(path, 0o555);
    }
    const job = testJob(`${path}/run`);
    const error = await failureOf(job);
    expect(error.exitCode).toBe(73);
    expect(error.message).toMatch(/cannot be written: give write permission or choose another/);
    expect(job.engines).toEqual([]);
  });
});

describe('a non-finite loss', () => {
  const lossAtStep27 = (loss: number) => (step: number) => (step === 27 ? loss : undefined);

  it.each([NaN, Infinity])(
    'of %d ends the run as diverged, with step, last losses, learning rate and layer',
    async (loss) => {
      const job = testJob(
        folder.at('run'),
        { recipe: { batch: 10, epochs: 5, learningRate: 0.5 } },
        lossAtStep27(loss),
      );
      const error = await failureOf(job);
      expect(error.exitCode).toBe(70);
      expect(error.message).toMatch(/^diverged in step 27: the training loss is (NaN|Infinity)/);
      expect(error.message).toContain('learning rate 0.5');
      expect(error.message).toContain('MatMul in layer fc');
      const losses = /last losses ([^;]*)/.exec(error.message)![1]!.split(', ').map(Number);
      expect(losses.length).toBe(5);
      expect(losses.slice(0, 4).every((value) => value > 0 && value < 10)).toBe(true);
      expect(losses[4]).toBe(loss);
      // Steps 20 to 27 were repeated from the checkpoint of the second evaluation.
      expect(job.engines[0]!.stepsTaken.slice(28)).toEqual([20, 21, 22, 23, 24, 25, 26, 27]);
      expect(job.reporter.measurements).toMatchObject([
        { status: 'diverged', totals: { steps: 28, wasted: { steps: 8 } } },
      ]);
      expect(JSON.parse(readFileSync(folder.at('run/progress.json'), 'utf8'))).toMatchObject({
        state: 'failed',
        step: 28,
      });
    },
  );

  it('in an evaluation is reported with its step, and with the layer in the current weights', async () => {
    const job = testJob(folder.at('run'));
    const searchedAt: number[] = [];
    const createEngine: typeof job.createEngine = (images) =>
      Object.assign(job.createEngine(images), {
        evaluate: () => ({ lossSum: NaN, top1: 0, top5: 0 }),
        findNonFinite: ({ step }: StepFeeds) => {
          searchedAt.push(step);
          return { layer: 'bn1', op: 'weights' };
        },
      });
    const error = await failureOf({ ...job, createEngine });
    expect(error.exitCode).toBe(70);
    // The first of 5 epochs of 96 images ends with the tenth batch of 10.
    expect(error.message).toMatch(/^diverged after step 10: the validation loss is NaN/);
    expect(error.message).toContain('weights in layer bn1');
    expect(searchedAt).toEqual([10]);
    expect(job.reporter.measurements).toMatchObject([{ status: 'diverged', curve: [] }]);
  });

  it('is not required: the next evaluation finds non-finite weights although the loss is finite', async () => {
    const job = testJob(folder.at('run'));
    const createEngine: typeof job.createEngine = (images) => {
      const engine = job.createEngine(images);
      const { stepsTaken } = job.engines[0]!;
      return Object.assign(engine, {
        readState: () => {
          const state = FakeEngine.prototype.readState.call(engine);
          if (stepsTaken.includes(13)) state.get('fc.weight')!.values[2] = NaN;
          return state;
        },
        findNonFinite: () => nonFiniteWeights(engine.readState()),
      });
    };
    const error = await failureOf({ ...job, createEngine });
    expect(error.exitCode).toBe(70);
    expect(error.message).toMatch(/^diverged after step 20: weights are NaN .* although the validation loss is \d/);
    expect(error.message).toContain('weights in layer fc;');
    // The evaluation after step 10 is on the curve; the one after step 20 is not.
    expect(job.reporter.measurements).toMatchObject([
      { status: 'diverged', totals: { steps: 20 }, curve: [{ steps: 10 }] },
    ]);
  });

  it('ends a second start with 70 too, because the run has diverged', async () => {
    await failureOf(testJob(folder.at('run'), {}, lossAtStep27(NaN)));
    const again = testJob(folder.at('run'));
    expect((await failureOf(again)).exitCode).toBe(70);
    expect(again.engines).toEqual([]);
  });
});

describe('out of memory in the native library', () => {
  const message =
    'OOM when allocating tensor with shape[4096,64,224,224] and type float on /job:localhost/device:CPU:0 by allocator cpu';

  it('ends the process with a smaller batch to try; the checkpoint is kept', async () => {
    const job = testJob(folder.at('run'), {}, (step) => {
      if (step === 15) throw new Error(message);
      return undefined;
    });
    const error = await failureOf(job);
    expect(error.exitCode).toBe(69);
    expect(error.message).toMatch(
      /^out of memory while training with 10 images at once, after step 15 \(.*\): try --set recipe.gradientAccumulation=2 \(5 images at once, the same batch of 10 per update\), or --set recipe.batch=5;/,
    );
    expect(readdirSync(folder.at('run/checkpoints'))).toContain('step-000000010.safetensors');
  });
});

describe('the clock of the machine', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('may be set back by a day during a run without negative durations or another result', async () => {
    const whole = await train(testJob(folder.at('whole')));
    let shifted = false;
    const job = testJob(folder.at('run'), {}, (step) => {
      if (step === 23 && !shifted) {
        shifted = true;
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
      }
      return undefined;
    });
    const measurement = await train(job);
    const { startedAt, finishedAt } = measurement.environment;
    expect(Date.parse(finishedAt)).toBeLessThan(Date.parse(startedAt));
    for (const seconds of Object.values(measurement.totals.seconds)) expect(seconds).toBeGreaterThanOrEqual(0);
    expect(measurement.totals.seconds.training).toBeLessThan(600);
    expect(reproduciblePart(measurement)).toEqual(reproduciblePart(whole));
    const times = measurement.curve.map(({ trainingSeconds }) => trainingSeconds);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });
});

describe('a second process', () => {
  it('is refused with the process that runs in the folder, and the first continues', async () => {
    const refusals: Promise<unknown>[] = [];
    const job = testJob(folder.at('run'), {}, (step) => {
      if (step === 5) refusals.push(failureOf(testJob(folder.at('run'))));
      return undefined;
    });
    const measurement = await train(job);
    const [error] = (await Promise.all(refusals)) as { exitCode: number; message: string }[];
    expect(error!.exitCode).toBe(69);
    expect(error!.message).toContain(`in use by process ${process.pid} on `);
    expect(measurement.status).toBe('finished');
  });

  it('takes over the lock of an ended process, even if its process id is in use again', async () => {
    mkdirSync(folder.at('run'));
    const whole = await train(testJob(folder.at('whole')));
    const locks: string[] = [];
    const observed = testJob(folder.at('other'), {}, (step) => {
      if (step === 1) locks.push(readFileSync(folder.at('other/lock'), 'utf8'));
      return undefined;
    });
    await train(observed);
    // The process id of this process, but with an earlier start.
    const endedHolder = { ...(JSON.parse(locks[0]!) as object), startedTicks: 1, token: 'abcdef' };
    writeFileSync(folder.at('run/lock'), JSON.stringify(endedHolder));
    expect(reproduciblePart(await train(testJob(folder.at('run'))))).toEqual(reproduciblePart(whole));
    // A lock from before the machine was restarted.
    rmSync(folder.at('run'), { recursive: true });
    mkdirSync(folder.at('run'));
    const restarted = { ...(JSON.parse(locks[0]!) as object), boot: 'another', token: 'fedcba' };
    writeFileSync(folder.at('run/lock'), JSON.stringify(restarted));
    expect(reproduciblePart(await train(testJob(folder.at('run'))))).toEqual(reproduciblePart(whole));
  });
});

describe('the log', () => {
  it('has one JSON object with a time per line, and contains the evaluations', async () => {
    const { curve } = await train(testJob(folder.at('run')));
    const lines = readJsonLines(folder.at('run/events.jsonl')) as Record<string, unknown>[];
    for (const line of lines) expect(Date.parse(String(line['time']))).not.toBeNaN();
    expect(lines.filter(({ msg }) => msg === 'evaluated').map(({ point }) => point)).toEqual(curve);
    expect(statSync(folder.at('run/mark.json')).size).toBe(512);
  });
});
