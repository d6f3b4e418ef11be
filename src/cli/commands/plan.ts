import { ExitCode, UserError } from '../../base/errors.ts';
import type { Command } from '../command.ts';
import { checkRunWorkers, checkWholeNumber } from '../options/check-numbers.ts';
import { printMessage } from '../output.ts';
import { optionFlag } from '../options/option-flag.ts';
import type { SweepPlan } from '../../results/sweep-plan.ts';
import type { Estimator } from '../../sweep/planning/estimate.ts';
import type { MeasuredSpeed } from '../sweep/measured-speed.ts';
import { pathArgument, pathsArgument } from '../options/path-argument.ts';

interface Options {
  file: string;
  flopPerSecond: number | undefined;
  measured: string[];
  measure: boolean;
  workers: number | undefined;
  price: number | undefined;
  classes: number | undefined;
  trainExamples: number | undefined;
  validationExamples: number | undefined;
  json: boolean;
}

/** @throws UserError exit code 64 for an invalid number. */
function checkOptions(args: Options): void {
  const { flopPerSecond } = args;
  if (flopPerSecond !== undefined && !(flopPerSecond > 0 && Number.isFinite(flopPerSecond)))
    throw new UserError(`--flop-per-second is ${flopPerSecond}, expected a number above 0`, ExitCode.usage);
  for (const name of ['classes', 'trainExamples', 'validationExamples'] as const)
    if (args[name] !== undefined) checkWholeNumber(optionFlag(name), args[name]);
  const speeds = [
    ...(args.flopPerSecond !== undefined ? ['--flop-per-second'] : []),
    ...(args.measured.length > 0 ? ['--measured'] : []),
    ...(args.measure ? ['--measure'] : []),
  ];
  if (speeds.length > 1)
    throw new UserError(`${speeds.slice(0, 2).join(' and ')} are both given: remove one of them`, ExitCode.usage);
  checkRunWorkers(args.workers);
  if (args.price !== undefined && !(args.price >= 0 && Number.isFinite(args.price)))
    throw new UserError(`--price is ${args.price}, expected a number of at least 0`, ExitCode.usage);
}

async function measure(plan: SweepPlan, size: Estimator['size'], workers: number | undefined) {
  const { measureTimings } = await import('../sweep/measured-timing.ts');
  return measureTimings(plan, size, workers, (line) => {
    process.stderr.write(`${line}\n`);
  });
}

async function findSpeed({ measured, flopPerSecond }: Options): Promise<MeasuredSpeed> {
  const { measuredSpeed } = await import('../sweep/measured-speed.ts');
  if (measured.length > 0) return measuredSpeed(measured);
  return {
    speed: () => (flopPerSecond === undefined ? undefined : { flopPerSecond, of: 'stated' }),
    unreadable: [],
  };
}

export const planCommand: Command<Options> = {
  command: 'plan <file>',
  describe: 'print every run of a sweep with its exact FLOPs and its estimated time and cost; starts no run',
  examples: [
    ['plan alexnet-level --classes 1000 --train-examples 1281167 --validation-examples 50000', 'FLOPs of each run'],
    ['plan my-sweep.yaml --measure --price 2.5', 'time and cost after timing each network here'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    cli
      .positional('file', {
        ...pathArgument,
        demandOption: true,
        describe: "the sweep's YAML file, or the name of a shipped config",
      })
      .option('flopPerSecond', { type: 'number', describe: 'training speed for the estimate, such as 2e12' })
      .option('measured', {
        ...pathsArgument,
        nargs: 1,
        default: [],
        describe: 'measurement files, or folders of them; the estimate uses their speed',
      })
      .option('measure', {
        type: 'boolean',
        default: false,
        describe: 'time a few steps of each network on this machine first; the estimate uses these times',
      })
      .option('workers', {
        type: 'number',
        describe: 'number of runs at the same time, for the time of the whole sweep; --measure times this many at once',
      })
      .option('price', { type: 'number', describe: 'price of one hour of one run' })
      .option('classes', { type: 'number', describe: 'number of classes, if the dataset is not on this machine' })
      .option('trainExamples', {
        type: 'number',
        describe: 'number of training images, if the dataset is not on this machine',
      })
      .option('validationExamples', {
        type: 'number',
        describe: 'number of validation images, if the dataset is not on this machine',
      })
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async (args) => {
    checkOptions(args);
    const { findConfig } = await import('../../config/shipped.ts');
    const { readSweep } = await import('../../sweep/planning/expand.ts');
    const { catalogue, sizeCheckingCatalogue } = await import('../sweep/catalogue.ts');
    const file = findConfig(args.file, 'sweeps');
    const { checkStatedSize, countRun, dataSize } = await import('../sweep/estimator.ts');
    const size = (data: Parameters<typeof dataSize>[0]) => dataSize(data, args);
    // Timing comes first: counting loads TensorFlow, which allocates the GPUs and sets the number of threads.
    const measured = args.measure ? await measure(readSweep(file, catalogue), size, args.workers) : undefined;
    const plan = readSweep(file, sizeCheckingCatalogue);
    checkStatedSize(args, plan.runs);
    const { estimateSweep } = await import('../../sweep/planning/estimate.ts');
    const { missingTime, planText, sweepSeconds } = await import('../../sweep/planning/estimate-text.ts');
    const { speed, unreadable } = await findSpeed(args);
    const { checkLevels } = await import('../options/levels.ts');
    checkLevels(
      plan.runs.map(({ config }) => config),
      (data) => size(data).classes,
    );
    const timing = measured ? { timing: measured.timing } : {};
    const workers = args.workers ?? measured?.workers;
    const runs = estimateSweep(plan, { count: countRun, size, speed, ...timing, price: args.price });
    const { name, question } = plan;
    const total = workers === undefined ? {} : { workers, sweepSeconds: sweepSeconds(runs, workers) };
    const text = args.json
      ? `${JSON.stringify({ name, question, runs, ...total }, null, 2)}\n`
      : planText(plan, runs, workers);
    process.stdout.write(text);
    const problem = args.json && args.price !== undefined ? missingTime(runs) : undefined;
    if (problem !== undefined) printMessage(`doubletime: ${problem}`);
    const { reportLeftOut } = await import('../loaded.ts');
    reportLeftOut(unreadable);
  },
};
