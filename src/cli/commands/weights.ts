import { ExitCode, UserError } from '../../base/errors.ts';
import { givenOptions, type NetworkArguments, networkOptions } from '../network-options.ts';
import { addCommand, type Command } from '../command.ts';

const warn = (line: string): void => {
  process.stderr.write(`doubletime: warning: ${line}\n`);
};

interface ImportArguments extends NetworkArguments {
  file: string;
  network: string;
  out: string;
}

const importCommand: Command<ImportArguments> = {
  command: 'import <file>',
  describe: 'check a safetensors file in PyTorch’s layout against a network and write it anew',
  examples: [
    ['weights import resnet18.safetensors --network resnet18 --out checked.safetensors', 'check a file of PyTorch'],
    [
      'weights import w.safetensors --network resnet18 --classes 10 --stem small --out checked.safetensors',
      'with options',
    ],
  ],
  needsSetUp: true,
  builder: (cli) =>
    networkOptions(
      cli
        .positional('file', { type: 'string', demandOption: true, describe: 'safetensors' })
        .option('network', {
          type: 'string',
          demandOption: true,
          describe: 'see doubletime models',
        })
        .option('out', { type: 'string', demandOption: true, describe: 'file to write' }),
    ),
  handler: async (args) => {
    const { importWeights } = await import('../../train/weights.ts');
    const chosen = { network: args.network, options: givenOptions(args) };
    process.stdout.write(`${importWeights(args.file, chosen, args.out, warn)}\n`);
  },
};

interface ExportArguments extends NetworkArguments {
  network: string | undefined;
  run: string | undefined;
  averaged: boolean;
  seed: number;
  out: string;
}

async function exportWeights(args: ExportArguments): Promise<string> {
  const weights = await import('../../train/weights.ts');
  if (args.run !== undefined) return weights.exportRunWeights(args.run, args.averaged, args.out, warn);
  if (args.network === undefined) throw new UserError('name a run’s folder with --run, or a --network', ExitCode.usage);
  const chosen = { network: args.network, options: givenOptions(args) };
  return weights.exportInitialWeights(chosen, args.seed, args.out);
}

const exportCommand: Command<ExportArguments> = {
  command: 'export',
  describe: 'write weights as a safetensors file that PyTorch’s load_state_dict takes',
  examples: [
    ['weights export --run runs/resnet18 --out trained.safetensors', 'a run’s newest checkpoint'],
    ['weights export --network resnet18 --seed 1 --out initial.safetensors', 'first weights'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    networkOptions(
      cli
        .option('run', { type: 'string', describe: 'a run’s folder: its newest checkpoint' })
        .option('averaged', {
          type: 'boolean',
          default: false,
          describe: 'the run’s moving average',
        })
        .option('network', {
          type: 'string',
          conflicts: 'run',
          describe: 'a network’s first weights',
        })
        .option('seed', { type: 'number', default: 0, describe: 'of the first weights' })
        .option('out', { type: 'string', demandOption: true, describe: 'file to write' }),
    ),
  handler: async (args) => {
    process.stdout.write(`${await exportWeights(args)}\n`);
  },
};

export const weightsCommand: Command<object> = {
  command: 'weights',
  describe: 'exchange weights with PyTorch',
  builder: (cli) =>
    addCommand(addCommand(cli, importCommand), exportCommand).demandCommand(1, 'name what to do with the weights'),
  handler: () => undefined,
};
