import { execFileSync, spawnSync } from 'node:child_process';
import { closeSync, constants, existsSync, openSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../src/base/system/process-identity.ts';
import { progressSchema } from '../../src/results/progress.ts';
import { readMeasurement } from '../../src/results/read.ts';
import {
  type Ended,
  entry,
  openHandles,
  startProgram,
  startTraining,
  stateOf,
  stepsDone,
  syntheticRun,
  until,
  untilPaused,
} from '../support/processes.ts';
import { afterStep, inState, type Moment, pausingAt } from '../support/pause.ts';
import { reproduciblePart, readJsonLines, temporaryFolder } from '../support/training.ts';

// `doubletime train` runs in its own process, with TensorFlow and real signals.
let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

const measurementIn = (dir: string) => readMeasurement(join(dir, 'measurement.json'));
const DAY_SECONDS = 86_400;
const logOf = (dir: string) => readJsonLines(join(dir, 'events.jsonl')) as Record<string, unknown>[];

describe('with log level debug and a clock that is set back by a day', () => {
  let ended: Ended;
  const dir = (): string => folder.at('debug');
  beforeAll(async () => {
    const preload = pathToFileURL(join(import.meta.dirname, '../support/set-clock-back.mjs')).href;
    const running = startTraining(dir(), ['execution.logLevel=debug'], {
      NODE_OPTIONS: `--import ${preload}`,
      // The checkpoint of the first evaluation.
      CLOCK_SET_BACK_WHEN: join(dir(), 'checkpoints/step-000000008.safetensors'),
    });
    ended = await running.ended;
  });

  it('succeeds, and the terminal shows no messages of TensorFlow', () => {
    expect(ended).toMatchObject({ code: 0, err: '' });
  });

  it('logs the messages of TensorFlow while it was loaded and opened the graph', () => {
    const messages = logOf(dir()).filter(({ source }) => source === 'tensorflow');
    expect(messages.every(({ level }) => level === 20)).toBe(true);
    const text = messages.map(({ msg }) => String(msg)).join('\n');
    expect(text).toContain('This TensorFlow binary is optimized to use available CPU instructions');
    expect(text).toContain('MLIR V1 optimization pass is not enabled');
  });

  it('measures durations on a monotonic clock', () => {
    const times = logOf(dir()).map(({ time }) => Date.parse(String(time)));
    const steps = times.slice(1).map((time, i) => time - times[i]!);
    // The clock jumps back by a day, and time passes meanwhile.
    expect(steps.filter((ms) => ms < -0.9 * DAY_SECONDS * 1000).length).toBe(1);
    const { totals, curve, environment } = measurementIn(dir());
    expect(Date.parse(environment.finishedAt)).toBeLessThan(Date.parse(environment.startedAt));
    expect(Object.values(totals.seconds).every((seconds) => seconds >= 0)).toBe(true);
    expect(totals.seconds.training).toBeGreaterThan(0);
    expect(Object.values(totals.seconds).reduce((a, b) => a + b)).toBeLessThan(DAY_SECONDS);
    const trained = curve.map(({ trainingSeconds }) => trainingSeconds);
    expect(trained).toEqual(trained.toSorted((a, b) => a - b));
  });
});

it('NaN weights end the run with 70 and name their layer, even if a fused ReLU hides them from the loss', async () => {
  const dir = folder.at('overflow');
  const network = 'network={ name: squeezenet1_1, stem: small, width: 0.125 }';
  const { code, err } = await startTraining(dir, [network, 'recipe.learningRate=30']).ended;
  expect(code).toBe(70);
  expect(err).toMatch(/^doubletime: diverged (in|after) step \d+: .* in layer features\.\d/);
  expect(measurementIn(dir).status).toBe('diverged');
});

describe('several processes in one folder', () => {
  const dir = (): string => folder.at('shared');
  const lock = (): string => join(dir(), 'lock');
  const trainAgain = (): Promise<Ended> => startTraining(dir()).ended;

  it('the second is refused with the process id of the first; after a crash of the first it starts, with a warning', async () => {
    // The first process is paused, so that it cannot finish before the second starts.
    const first = startTraining(dir(), [], pausingAt(afterStep(3)));
    expect(await untilPaused(first)).toBe(true);
    const second = await trainAgain();
    expect(second.code).toBe(69);
    expect(second.err).toMatch(new RegExp(`is in use by process ${first.pid} on \\S+, since 20`));
    first.child.kill('SIGKILL');
    await first.ended;
    const left = JSON.parse(readFileSync(lock(), 'utf8')) as { pid: number };
    expect(left.pid).toBe(first.pid);
    const third = await trainAgain();
    expect(third).toMatchObject({ code: 0, err: '' });
    expect(third.out).toMatch(
      new RegExp(`warning: process ${first.pid} on .* ended without an error message after step \\d+`),
    );
    expect(third.out).toContain('recipe.gradientAccumulation=2 (16 images at once');
    expect(existsSync(lock())).toBe(false);
    expect(reproduciblePart(measurementIn(dir()))).toEqual(reproduciblePart(measurementIn(folder.at('debug'))));
  });

  it('the lock of an ended process is taken over, even if its process id is in use or the machine was restarted', async () => {
    // This process is running but does not hold the lock. Only its start time shows that.
    const thisProcess = identifyProcess();
    for (const changes of [{ startedTicks: thisProcess.startedTicks! - 1 }, { boot: 'before' }]) {
      writeFileSync(lock(), JSON.stringify({ ...thisProcess, ...changes }));
      expect(await trainAgain()).toMatchObject({ code: 0, err: '' });
      expect(existsSync(lock())).toBe(false);
    }
    writeFileSync(lock(), JSON.stringify(thisProcess));
    expect((await trainAgain()).code).toBe(69);
  });
});

describe('signals', () => {
  const dir = (): string => folder.at('signals');
  /** The moments of one run in their order. The run is resumed after each. */
  const moments: [string, NodeJS.Signals[], Moment, number][] = [
    ['while it opens the dataset', ['SIGINT'], inState('starting'), 0],
    ['while it builds the graph', ['SIGUSR1'], inState('tracing'), 0],
    ['in a step', ['SIGTERM'], afterStep(3), 3],
    ['in a step, twice', ['SIGINT', 'SIGTERM'], afterStep(10), 10],
    ['in an evaluation', ['SIGTERM'], inState('evaluating'), 12],
    ['while a checkpoint is written', ['SIGUSR1'], { file: '.safetensors', when: 'before' }, 12],
  ];

  it.each(moments)('%s, %j ends the run with 75, and it can be resumed', async (_, signals, moment, least) => {
    const frequentCheckpoints = ['execution.checkpointEverySeconds=0.3'];
    const running = startTraining(dir(), frequentCheckpoints, pausingAt(moment));
    expect(await untilPaused(running)).toBe(true);
    for (const signal of [...signals, 'SIGCONT'] as const) running.child.kill(signal);
    const { code, err, out } = await running.ended;
    expect(code, err + out).toBe(75);
    expect(err).toMatch(/^doubletime: stopped by SIG\w+ .*run the same command again to resume/);
    expect(err.trim().split('\n').length).toBe(1);
    expectCompleteFiles(dir());
    expect(stepsDone(dir())).toBeGreaterThanOrEqual(least);
  });

  it('before the handlers are installed end the run with 75, and nothing is written', async () => {
    const fresh = folder.at('fresh');
    const pipe = folder.at('run.yaml');
    execFileSync('mkfifo', [pipe]);
    const stdin = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK);
    const handle = openSync(pipe, constants.O_WRONLY);
    const running = startProgram(process.execPath, [entry, 'train', '/dev/stdin', '--dir', fresh], {}, stdin);
    closeSync(stdin);
    await until(running, () => openHandles(running.pid, pipe) > 1);
    running.child.kill('SIGTERM');
    writeFileSync(handle, readFileSync(syntheticRun));
    closeSync(handle);
    const { code, err } = await running.ended;
    expect([code, existsSync(fresh)], err).toEqual([75, false]);
    expect(err).toBe('doubletime: stopped by SIGTERM before it started: run the same command again\n');
  });

  it('while the result is written do not stop the run: it has the measurement of an uninterrupted one', async () => {
    const result: Moment = { file: '/measurement.json', when: 'before' };
    const running = startTraining(dir(), [], pausingAt(result));
    expect(await untilPaused(running)).toBe(true);
    for (const signal of ['SIGTERM', 'SIGCONT'] as const) running.child.kill(signal);
    const { code } = await running.ended;
    // A process with nothing left to do may also report that it was stopped.
    expect([0, 75]).toContain(code);
    expectCompleteFiles(dir());
    expect(reproduciblePart(measurementIn(dir()))).toEqual(reproduciblePart(measurementIn(folder.at('debug'))));
    expect(measurementIn(dir()).totals.wasted.steps).toBe(0);
  });
});

/** Expects complete files, no lock and a final state. */
function expectCompleteFiles(dir: string): void {
  const names = [...readdirSync(dir), ...readdirSync(join(dir, 'checkpoints'))];
  expect(names.filter((name) => /\.tmp$|^lock/.test(name))).toEqual([]);
  const progress = progressSchema.parse(JSON.parse(readFileSync(join(dir, 'progress.json'), 'utf8')));
  expect(['stopped', 'finished']).toContain(progress.state);
}

/** Bytes of a process's private writable memory, which RLIMIT_DATA counts. */
const dataBytes = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'latin1');
  return Number(/^VmData:\s+(\d+) kB$/m.exec(status)![1]) * 1024;
};

describe('out of memory in the native library', () => {
  /** A batch has 57 MB as bytes and 226 MB as floats, so that a large allocation is the first to fail. */
  const largeBatch = [
    'data.input=192',
    'data.trainExamples=512',
    'data.validationExamples=1',
    'recipe.batch=512',
    'recipe.epochs=1',
    'execution.workers=1',
    'execution.prefetchBatches=1',
  ];
  const noPrlimit = spawnSync('prlimit', ['--version']).status === 0 ? undefined : 'no prlimit';

  it('ends the process with a smaller batch to try, and does not change the folder', async (context) => {
    if (noPrlimit) context.skip(noPrlimit);
    const dir = folder.at('memory');
    const running = startTraining(dir, largeBatch, pausingAt(inState('training')));
    expect(await untilPaused(running)).toBe(true);
    const limit = dataBytes(running.pid) + 415e6;
    execFileSync('prlimit', [`--pid=${running.pid}`, `--data=${limit}`]);
    running.child.kill('SIGCONT');
    const { code, err } = await running.ended;
    expect(code, err).toBe(69);
    expect(err).toMatch(
      /^doubletime: out of memory while training with 512 images at once, after step 0 \(this process used up to [\d.]+ [MG]B/,
    );
    expect(err).toContain('try --set recipe.gradientAccumulation=2 (256 images at once');
    expect(err).toContain('OOM when allocating tensor with shape[512,192,192,3]');
    expect(err.trim().split('\n').length).toBe(1);
    expect(readdirSync(join(dir, 'checkpoints'))).toEqual(['step-000000000.safetensors']);
    expect(existsSync(join(dir, 'lock'))).toBe(false);
    expect(stateOf(dir)?.state).toBe('failed');
  });
});
