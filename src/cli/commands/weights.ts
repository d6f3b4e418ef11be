import { ExitCode, UserError } from '../../base/errors.ts';
import { type NetworkArguments, networkOptions, pickNetworkOptions } from '../options/network-options.ts';
import { checkSeed } from '../options/check-numbers.ts';
import { optionFlag } from '../options/option-flag.ts';
import { addCommand, type Command } from '../command.ts';
import { printMessage } from '../output.ts';
import { pathArgument } from '../options/path-argument.ts';

const warn = (line: string): void => {
  printMessage(`doubletime: warning: ${line}`);
};

interface ImportArguments extends NetworkArguments {
  file: string;
  network: string;
  out: string;
}

const importCommand: Command<ImportArguments> = {
  command: 'import <file>',
  describe: "check a safetensors file in PyTorch's layout against a network, and write a checked copy",
  examples: [
    [
      'weights import resnet18.safetensors --network resnet18 --out checked.safetensors',
      'check a file that PyTorch wrote',
    ],
    [
      'weights import w.safetensors --network resnet18 --classes 10 --stem small --out checked.safetensors',
      'the same for a network with options',
    ],
  ],
  needsSetUp: true,
  builder: (cli) =>
    networkOptions(
      cli
        .positional('file', { ...pathArgument, demandOption: true, describe: 'the safetensors file' })
        .option('network', {
          ...pathArgument,
          demandOption: true,
          describe: 'name of the network (see doubletime models), or path of a file that exports one',
        })
        .option('out', { ...pathArgument, demandOption: true, describe: 'file to write' }),
    ),
  handler: async (args) => {
    const { importWeights } = await import('../../train/weights.ts');
    const chosen = { network: args.network, options: pickNetworkOptions(args) };
    process.stdout.write(`${importWeights(args.file, chosen, args.out, warn)}\n`);
  },
};

interface ExportArguments extends NetworkArguments {
  network: string | undefined;
  run: string | undefined;
  averaged: boolean;
  seed: number | undefined;
  out: string;
}

/** Refuses options of initial weights for a run, whose weights and network are known. @throws UserError exit code 64. */
function refuseWithRun(args: ExportArguments): void {
  const given = [...Object.keys(pickNetworkOptions(args)), ...(args.seed === undefined ? [] : ['seed'])];
  if (given[0] !== undefined)
    throw new UserError(
      `${optionFlag(given[0])} is for --network, because a run has its own: remove it`,
      ExitCode.usage,
    );
}

async function exportWeights(args: ExportArguments): Promise<string> {
  const weights = await import('../../train/weights.ts');
  if (args.run !== undefined) {
    refuseWithRun(args);
    return weights.exportRunWeights(args.run, args.averaged, args.out, warn);
  }
  if (args.network === undefined)
    throw new UserError('--run and --network are both missing: add --run FOLDER or --network NAME', ExitCode.usage);
  if (args.averaged)
    throw new UserError('--averaged needs --run: initial weights have no average, so remove it', ExitCode.usage);
  const chosen = { network: args.network, options: pickNetworkOptions(args) };
  return weights.exportInitialWeights(chosen, checkSeed('--seed', args.seed ?? 0), args.out);
}

const exportCommand: Command<ExportArguments> = {
  command: 'export',
  describe: "write weights to a safetensors file for PyTorch's load_state_dict",
  examples: [
    ['weights export --run runs/resnet18 --out trained.safetensors', 'the newest checkpoint of a run'],
    ['weights export --network resnet18 --seed 1 --out initial.safetensors', 'the initial weights'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    networkOptions(
      cli
        .option('run', { ...pathArgument, describe: 'run folder; exports its newest checkpoint' })
        .option('averaged', {
          type: 'boolean',
          default: false,
          describe: "export the run's averaged weights",
        })
        .option('network', {
          ...pathArgument,
          conflicts: 'run',
          describe: 'name of a network, or path of a file that exports one; exports its initial weights',
        })
        .option('seed', { type: 'number', describe: 'seed of the initial weights; default: 0' })
        .option('out', { ...pathArgument, demandOption: true, describe: 'file to write' }),
    ),
  handler: async (args) => {
    process.stdout.write(`${await exportWeights(args)}\n`);
  },
};

export const weightsCommand: Command<object> = {
  command: 'weights',
  describe: 'import weights from PyTorch, or export weights to PyTorch',
  builder: (cli) =>
    addCommand(addCommand(cli, importCommand), exportCommand).demandCommand(
      1,
      'weights needs a subcommand: import or export',
    ),
  handler: () => undefined,
};
