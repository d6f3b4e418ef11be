// Measures the overhead around the training step (loader, ledger, mark, log, curve, progress, TensorBoard, checkpoints, signals),
// and whether memory stays constant over a long run. FILE keeps the parts that it already has, so each part can be a separate command.
//   npx tsx scripts/bench/bench-overhead.ts [--part waiting|short|real|small|memory]... [--steps N] [--threads N] [--out FILE]
// waiting  steps that only wait 100 ms, with checkpoints as large as those of ResNet-50 (2 min)
// short    steps that only wait 5 ms, with checkpoints as large as those of a small network (30 s)
// real     steps of a small network of about 100 ms on all cores, alternating with steps outside a run (2 min)
// small    as `real`, with steps of about 5 ms (1 min). With --threads 1 a core is free for the work around the steps, as on a machine
//          whose GPU computes them.
// memory   5,000 steps of a smaller network with evaluations and checkpoints: memory after 500 steps and at the end, and the number
//          of tensors (3 to 6 min)
import { availableParallelism } from 'node:os';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import type { RunConfig } from '../../src/config/run.ts';
import type { Engine, StagedStep, StepFeeds } from '../../src/engine/engine.ts';
import { createConfig, realEngine, trainOnce, waitingEngine } from './overhead-runs.ts';
import { readOptions, runScript } from '../run-script.ts';
import { openGrowingRecord } from './record.ts';
import { quantile, describeSpread } from './spread.ts';

const { values } = readOptions('bench-overhead', {
  options: {
    part: { type: 'string', multiple: true, default: ['waiting', 'short', 'real', 'small', 'memory'] },
    steps: { type: 'string' },
    threads: { type: 'string' },
    out: { type: 'string' },
  },
});
/** Memory is compared between step 500 and the end. */
const MIN_STEPS = 600;
const stepsOr = (fallback: number): number => Number(values.steps ?? fallback);

const threads = values.threads === undefined ? undefined : Number(values.threads);

/** Processor time of all threads. It does not depend on other processes of the machine. */
function cpuMilliseconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const sum = (all: number[]): number => all.reduce((a, b) => a + b, 0);

interface Waiting {
  readonly steps: number;
  readonly milliseconds: number;
  /** Number of weights; the momentum has the same number. */
  readonly parameters: number;
}

/** The engine with `run` around each training step; `execute` executes the step and returns its loss. */
const wrapSteps = (engine: Engine, run: (feeds: StepFeeds, execute: StagedStep) => ReturnType<StagedStep>): Engine => ({
  ...engine,
  stageStep: (feeds, readLoss) => {
    const execute = engine.stageStep!(feeds, readLoss);
    return () => run(feeds, execute);
  },
});

/** Runs steps that only wait. The time between the end of a step and the start of the next step is overhead. */
async function measureWaiting({ steps, milliseconds, parameters }: Waiting) {
  const around: number[] = [];
  const inside: number[] = [];
  let lastEnd: number | undefined;
  let cpu = 0;
  const config = createConfig({ steps, input: 32, width: 1, evaluations: 1 });
  const { totals } = await trainOnce(config, () =>
    wrapSteps(waitingEngine(milliseconds, parameters), async (feeds, execute) => {
      const start = performance.now();
      if (lastEnd === undefined) cpu = -cpuMilliseconds();
      else around.push(start - lastEnd);
      const loss = await execute();
      lastEnd = performance.now();
      inside.push(lastEnd - start);
      if (feeds.step === steps - 1) cpu += cpuMilliseconds();
      return loss;
    }),
  );
  return {
    steps,
    millisecondsPerStep: describeSpread(inside),
    millisecondsAround: describeSpread(around),
    // Includes the checkpoints that a run of this length writes.
    overheadPercent: (sum(around) / sum(inside)) * 100,
    checkpointingSeconds: totals.seconds.checkpointing,
    cpuMillisecondsPerStep: cpu / steps,
  };
}

const waiting = () => measureWaiting({ steps: stepsOr(1200), milliseconds: 100, parameters: 25_557_032 });
const short = () => measureWaiting({ steps: stepsOr(4000), milliseconds: 5, parameters: 200_000 });

const [IN_RUN, BARE] = [20, 10];

/**
 * After every 20 steps of the run, 10 bare steps with the same feeds follow while the run waits with prepared batches. The
 * overhead of a block compares the median time from step to step in the run with the median of its bare steps.
 */
async function alternate(config: RunConfig, steps: number) {
  const [periods, bare]: [number[], number[]] = [[], []];
  const [overheads, allBare]: [number[], number[]] = [[], []];
  let lastStart: number | undefined;
  const runBareSteps = (engine: Engine, feeds: StepFeeds): void => {
    for (let i = 0; i < BARE; i++) {
      const start = performance.now();
      engine.step(feeds);
      bare.push(performance.now() - start);
    }
    overheads.push((quantile(periods, 0.5) / quantile(bare, 0.5) - 1) * 100);
    allBare.push(...bare.splice(0));
    periods.splice(0);
    lastStart = undefined;
  };
  await trainOnce(config, (images) => {
    const engine = realEngine(config)(images);
    return wrapSteps(engine, async (feeds, execute) => {
      const start = performance.now();
      if (lastStart !== undefined) periods.push(start - lastStart);
      lastStart = start;
      const loss = await execute();
      if ((feeds.step + 1) % IN_RUN === 0) runBareSteps(engine, feeds);
      return loss;
    });
  });
  // Without the first block, in which memory is still allocated.
  return {
    steps,
    network: config.network,
    threads: threads ?? availableParallelism(),
    input: config.data.input,
    batch: config.recipe.batch,
    bareMilliseconds: describeSpread(allBare),
    overheadPercent: describeSpread(overheads.slice(1)),
  };
}

const real = () => {
  const steps = stepsOr(600);
  return alternate(createConfig({ steps, input: 40, width: 0.25, evaluations: 1, threads }), steps);
};
const small = () => {
  const steps = stepsOr(4000);
  const size = { network: { name: 'resnet9' }, batch: 8, input: 32, width: 0.0625 };
  return alternate(createConfig({ ...size, steps, evaluations: 1, threads }), steps);
};

/** Resident memory is the median over a hundred steps, because garbage collection changes it. */
async function memory() {
  const steps = stepsOr(5000);
  const config = createConfig({ steps, input: 16, width: 0.125, evaluations: 10 });
  const early: number[] = [];
  const late: number[] = [];
  const tensors = new Set<number>();
  const { totals } = await trainOnce(config, (images) => {
    const engine = realEngine(config)(images);
    return {
      ...engine,
      stageStep: (feeds, readLoss) => {
        const execute = engine.stageStep!(feeds, readLoss);
        return async () => {
          const loss = await execute();
          if (feeds.step >= 450 && feeds.step < 550) early.push(process.memoryUsage.rss());
          if (feeds.step >= steps - 100) late.push(process.memoryUsage.rss());
          if (feeds.step >= 500) tensors.add(engine.tensorsAlive());
          return loss;
        };
      },
    };
  });
  const [after500, atEnd] = [quantile(early, 0.5), quantile(late, 0.5)];
  return {
    steps,
    residentAfter500: after500,
    residentAtEnd: atEnd,
    growthPercent: (atEnd / after500 - 1) * 100,
    peakMemoryBytes: totals.peakMemoryBytes,
    // All numbers of live tensors observed after a step from step 500 on; a single value if it is constant.
    tensorsAlive: [...tensors],
  };
}

const parts = { waiting, short, real, small, memory };
type Part = keyof typeof parts;
const isPart = (name: string): name is Part => name in parts;

await runScript('bench-overhead', async () => {
  const known = Object.keys(parts).join(', ');
  const chosen = values.part.map((name) => {
    if (isPart(name)) return name;
    throw new UserError(`--part is ${name}, expected one of ${known}`, ExitCode.usage);
  });
  if (values.steps !== undefined && !(Number.isInteger(Number(values.steps)) && Number(values.steps) >= MIN_STEPS))
    throw new UserError(`--steps is ${values.steps}, expected a whole number from ${MIN_STEPS} on`, ExitCode.usage);
  if (threads !== undefined && !(Number.isInteger(threads) && threads >= 1))
    throw new UserError(`--threads is ${values.threads}, expected a whole number from 1 on`, ExitCode.usage);
  const record = openGrowingRecord<{ readonly part: string; readonly threads?: number }>(
    'overhead',
    values.out,
    (result) => `${result.part} ${result.threads ?? ''}`,
  );
  for (const part of chosen) {
    const result = { part, ...(await parts[part]()) };
    record.add(result);
    process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  }
});
