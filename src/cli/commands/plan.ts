import { ExitCode, UserError } from '../../base/errors.ts';
import type { Command } from '../command.ts';
import { optionFlag } from '../option-flag.ts';

interface Options {
  file: string;
  flopPerSecond: number | undefined;
  measured: string[];
  price: number | undefined;
  classes: number | undefined;
  trainExamples: number | undefined;
  validationExamples: number | undefined;
  json: boolean;
}

/** @throws UserError exit code 64 for an invalid number. */
function checkOptions(args: Options): void {
  for (const name of ['flopPerSecond', 'classes', 'trainExamples', 'validationExamples'] as const) {
    const value = args[name];
    if (value !== undefined && !(value > 0 && Number.isFinite(value)))
      throw new UserError(`${optionFlag(name)} is ${value}, expected a number above 0`, ExitCode.usage);
  }
  if (args.measured.length > 0 && args.flopPerSecond !== undefined)
    throw new UserError('--flop-per-second and --measured are both given: remove one of them', ExitCode.usage);
  if (args.price !== undefined && !(args.price >= 0 && Number.isFinite(args.price)))
    throw new UserError(`--price is ${args.price}, expected a number of at least 0`, ExitCode.usage);
}

export const planCommand: Command<Options> = {
  command: 'plan <file>',
  describe: 'print every run of a sweep with its exact FLOPs and its estimated time and cost; starts nothing',
  examples: [
    ['plan alexnet-level --classes 1000 --train-examples 1281167 --validation-examples 50000', 'FLOPs of each run'],
    ['plan my-sweep.yaml --measured runs/earlier/results --price 2.5', 'time and cost at a measured speed'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    cli
      .positional('file', {
        type: 'string',
        demandOption: true,
        describe: "the sweep's YAML file, or the name of a shipped config",
      })
      .option('flopPerSecond', { type: 'number', describe: 'training speed for the estimate, such as 2e12' })
      .option('measured', {
        type: 'string',
        array: true,
        nargs: 1,
        default: [],
        describe: 'measurement files, or folders of them; the estimate uses their speed',
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
    const { sizeCheckingCatalogue } = await import('../sweep-catalogue.ts');
    const plan = readSweep(findConfig(args.file, 'sweeps'), sizeCheckingCatalogue);
    const { countRun, dataSize, measuredSpeed } = await import('../sweep-estimator.ts');
    const { estimateSweep } = await import('../../sweep/planning/estimate.ts');
    const { planText } = await import('../../sweep/planning/estimate-text.ts');
    const flopPerSecond = args.measured.length > 0 ? measuredSpeed(args.measured) : () => args.flopPerSecond;
    const size = (data: Parameters<typeof dataSize>[0]) => dataSize(data, args);
    const { checkLevels } = await import('../levels.ts');
    checkLevels(
      plan.runs.map(({ config }) => config),
      (data) => size(data).classes,
    );
    const runs = estimateSweep(plan, { count: countRun, size, flopPerSecond, price: args.price });
    const { name, question } = plan;
    process.stdout.write(args.json ? `${JSON.stringify({ name, question, runs }, null, 2)}\n` : planText(plan, runs));
  },
};
