import { describe, expect, it } from 'vitest';
import { EnergyMeter } from '../../../src/train/accounting/energy.ts';
import { emptyLedger, Ledger } from '../../../src/train/accounting/ledger.ts';
import { StepMarkFile, readStepMark } from '../../../src/train/files/step-mark.ts';
import { explainOutOfMemory } from '../../../src/train/failures/out-of-memory.ts';
import { temporaryFolder } from '../../support/training.ts';
import { writeFileSync } from 'node:fs';

/** A clock that the test sets. */
function manualClock() {
  let now = 1000;
  return {
    clock: () => now,
    pass: (seconds: number) => {
      now += seconds;
    },
  };
}

const counts = {
  parameters: 10,
  batch: 4,
  forwardMacsPerExample: 100,
  stepMacs: 1100,
  stepFlops: 2500,
  evaluationMacsPerExample: 90,
  evaluationFlopsPerExample: 210,
};

describe('the ledger', () => {
  it('reports the mean time per step with evaluations and input, without the start of a process', async () => {
    const { clock, pass } = manualClock();
    const ledger = new Ledger(counts, 8, emptyLedger(), clock);
    const steps = async (n: number, seconds: number) => {
      for (let i = 0; i < n; i++)
        await ledger.step(() => {
          pass(seconds);
        });
    };
    ledger.addSeconds('tracing', 100);
    await steps(3, 20);
    expect(ledger.steadySecondsPerStep).toBeNull();
    await steps(4, 1);
    ledger.measure('evaluation', () => {
      pass(2);
    });
    expect(ledger.steadySecondsPerStep).toBe((4 * 1 + 2) / 4);
  });

  it('adds up the time of each activity over restarts, without pauses', async () => {
    const { clock, pass } = manualClock();
    const first = new Ledger(counts, 8, emptyLedger(), clock);
    await first.step(() => {
      pass(2);
    });
    pass(50);
    first.measure('checkpointing', () => {
      pass(3);
    });
    const second = new Ledger(counts, 8, first.state, clock);
    pass(1000);
    await second.step(() => {
      pass(1);
    });
    expect(second.seconds).toEqual({
      training: 3,
      evaluation: 0,
      inputWait: 0,
      checkpointing: 3,
      tracing: 0,
    });
    expect(second.compute).toMatchObject({ steps: 2, examples: 8, epochs: 1, trainingSeconds: 3 });
  });

  it('adds the time of a step that fails, but does not count the step', async () => {
    const { clock, pass } = manualClock();
    const ledger = new Ledger(counts, 8, emptyLedger(), clock);
    const fail = (): never => {
      pass(5);
      throw new Error('lost');
    };
    await expect(ledger.step(fail)).rejects.toThrow('lost');
    expect(ledger.steps).toBe(0);
    expect(ledger.seconds.training).toBe(5);
  });

  it('leaves the first steps of each process out of the speed', async () => {
    const { clock, pass } = manualClock();
    let ledger = new Ledger(counts, 8, emptyLedger(), clock);
    const step = async (seconds: number): Promise<void> => {
      await ledger.step(() => {
        pass(seconds);
      });
    };
    for (const seconds of [9, 9, 9, 0.5, 0.5]) await step(seconds);
    expect(ledger.examplesPerSecond).toBe(4 / 0.5);
    ledger = new Ledger(counts, 8, ledger.state, clock);
    for (const seconds of [9, 9, 9, 0.5]) await step(seconds);
    expect(ledger.examplesPerSecond).toBe(4 / 0.5);
    expect(ledger.totals({ currency: 'USD' }).flopPerSecond).toBe(2500 / 0.5);
  });

  it('adds wasted work to its own total and to the cost only', async () => {
    const { clock, pass } = manualClock();
    const ledger = new Ledger(counts, 8, emptyLedger(), clock);
    await ledger.step(() => {
      pass(3600);
    });
    ledger.addWasted({ steps: 3, seconds: 1800 });
    ledger.addEvaluated(50);
    const totals = ledger.totals({ currency: 'EUR', pricePerHour: 2, peakFlopPerSecond: 5000 });
    expect(totals).toMatchObject({
      steps: 1,
      macs: 1100,
      flops: 2500,
      evaluation: { examples: 50, macs: 4500, flops: 10_500 },
      wasted: { steps: 3, examples: 12, macs: 3300, flops: 7500, seconds: 1800 },
      cost: { amount: 3, currency: 'EUR', perHour: 2 },
    });
    expect(totals.paperTeraflopSecondDays).toBeCloseTo((3 * 100 * 4) / 8.64e16, 25);
    expect(totals.utilization).toBeCloseTo(2500 / 3600 / 5000, 12);
  });
});

describe('energy', () => {
  it('is the integral of the power between samples, with at most ten seconds per gap', () => {
    const { clock, pass } = manualClock();
    const meter = new EnergyMeter(clock);
    meter.sample(100);
    pass(2);
    meter.sample(300);
    expect(meter.take()).toBe(2 * 200);
    pass(3600);
    meter.sample(300);
    expect(meter.take()).toBe(10 * 300);
    expect(meter.take()).toBe(0);
  });
});

describe('the step mark', () => {
  it('is read as written, even over a longer one, and is ignored if it is damaged', () => {
    const folder = temporaryFolder();
    const file = folder.at('mark.json');
    expect(readStepMark(file)).toBeUndefined();
    const mark = new StepMarkFile(file);
    mark.write({ step: 123_456, seconds: 98.7654321, wasted: { steps: 12, seconds: 3.25 } });
    const short = { step: 3, seconds: 1, wasted: { steps: 0, seconds: 0 } };
    mark.write(short);
    mark.sync();
    mark.close();
    expect(readStepMark(file)).toEqual(short);
    writeFileSync(file, '{"step": 3, "sec');
    expect(readStepMark(file)).toBeUndefined();
    folder.remove();
  });
});

describe('the error for a lack of memory', () => {
  const recipe = (batch: number, gradientAccumulation = 1) => ({
    ...{ batch, gradientAccumulation, state: 'training', step: 12 },
  });
  const oom = new Error('OOM when allocating tensor with shape[1]');
  it.each([
    [recipe(256), 'gradientAccumulation=2 (128 images'],
    [recipe(256, 2), 'gradientAccumulation=4 (64 images'],
    [recipe(9), 'gradientAccumulation=3 (3 images'],
    [recipe(1), 'choose a smaller network'],
  ])('with %o gives the advice "%s"', (given, advice) => {
    expect(String(explainOutOfMemory(oom, given))).toContain(advice);
  });
  it('is reported with its step, and the folder is unchanged', () => {
    const text = String(explainOutOfMemory(oom, recipe(256)));
    expect(text).toContain('out of memory while training with 256 images at once, after step 12');
    expect(text).toMatch(/this process used up to [\d.]+ [MG]B of [\d.]+ GB/);
    expect(text).toContain('both are new runs, which need another --dir. The checkpoints are unchanged');
  });
  it.each([
    'std::bad_alloc',
    'Array buffer allocation failed',
    'Operation received an exception:Status: 1, message: could not create a primitive, in file x.cc',
    'Worker terminated due to reaching memory limit: JS heap out of memory',
    'spawn ENOMEM',
  ])('is recognized by "%s"', (message) => {
    expect(explainOutOfMemory(new Error(message), recipe(8))).toMatchObject({ exitCode: 69 });
  });
  it('leaves other errors as they are', () => {
    const other = new Error('shapes do not match');
    expect(explainOutOfMemory(other, recipe(8))).toBe(other);
  });
});

describe('the ledger of a run whose image size changes', () => {
  const stages = [
    { fromStep: 0, input: 4, forwardMacsPerExample: 25, stepMacs: 300, stepFlops: 700 },
    { fromStep: 5, input: 8, forwardMacsPerExample: 100, stepMacs: 1100, stepFlops: 2500 },
  ];
  const staged = { ...counts, stages };
  const rates = { currency: 'USD' };

  it('counts each step at its size, also wasted steps and after a crash', async () => {
    const { clock, pass } = manualClock();
    const first = new Ledger(staged, 8, emptyLedger(), clock);
    for (let step = 0; step < 7; step++)
      await first.step(() => {
        pass(1);
      });
    expect(first.compute).toMatchObject({
      steps: 7,
      examples: 28,
      macs: 5 * 300 + 2 * 1100,
      flops: 5 * 700 + 2 * 2500,
      paperTeraflopSecondDays: (3 * 4 * (5 * 25 + 2 * 100)) / 8.64e16,
    });
    // A checkpoint after step 3 is resumed; the four steps after it were lost.
    const second = new Ledger(staged, 8, { ...first.state, steps: 3 }, clock);
    second.addWastedSteps({ from: 3, to: 7, seconds: 4 });
    second.addWastedSteps({ from: 5, to: 6, seconds: 1 });
    const { wasted } = second.totals(rates);
    expect(wasted).toEqual({
      ...{ steps: 5, examples: 20, macs: 2 * 300 + 3 * 1100, flops: 2 * 700 + 3 * 2500, seconds: 5 },
      stepsByStage: [2, 3],
    });
  });

  it('leaves the first steps of each size out of its speed', async () => {
    const { clock, pass } = manualClock();
    const ledger = new Ledger(staged, 8, emptyLedger(), clock);
    const seconds = [9, 9, 9, 1, 1, 9, 9, 9, 2];
    for (const one of seconds)
      await ledger.step(() => {
        pass(one);
      });
    expect(ledger.state.warmup).toEqual({ steps: 6, seconds: 54, byStage: [3, 3] });
    expect(ledger.totals(rates)).toMatchObject({
      examplesPerSecond: (3 * 4) / 4,
      flopPerSecond: (2 * 700 + 2500) / 4,
    });
  });
});
