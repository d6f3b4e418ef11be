import type { Argv } from 'yargs';
import { UserError, ExitCode } from '../../base/errors.ts';
import type { LabelFormat } from '../../data/request.ts';
import type { FolderArguments } from '../data/source.ts';
import { addCommand, type Command } from '../command.ts';
import { checkSeed } from '../options/check-numbers.ts';
import { pathArgument } from '../options/path-argument.ts';
import { checkValidationSplit, splitOptions } from '../data/split-options.ts';

const printStatus = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

const workersOption = {
  type: 'number',
  describe: 'number of decoding threads; default: one per core',
} as const;

/** Options for reading a folder. The names are those of the `data` keys of a run config. */
const folderOptions = {
  validationFraction: {
    type: 'number',
    describe: 'for a folder without a validation split: the fraction of each class to hold out, such as 0.1',
  },
  partSeed: { type: 'number', describe: 'seed that selects the held-out images; default: 0' },
  ...splitOptions,
} as const;

interface FolderFlags {
  validationFraction: number | undefined;
  partSeed: number | undefined;
  validationSplit: string | undefined;
  labels: LabelFormat | undefined;
}

/** @throws UserError exit code 64 for a value out of range, or a seed that would have no effect. */
function folderArguments({
  validationFraction: fraction,
  partSeed,
  validationSplit: validation,
  labels,
}: FolderFlags): FolderArguments {
  if (fraction !== undefined && !(fraction > 0 && fraction < 1)) {
    throw new UserError(`--validation-fraction is ${fraction}, expected a number between 0 and 1`, ExitCode.usage);
  }
  if (partSeed !== undefined && fraction === undefined)
    throw new UserError(
      `--part-seed ${partSeed} has no effect, because no images are held out: add --validation-fraction, or remove it`,
      ExitCode.usage,
    );
  const seed = checkSeed('--part-seed', partSeed ?? 0);
  checkValidationSplit(validation);
  const holdOut = fraction === undefined ? undefined : { fraction, seed };
  return { holdOut, validation, labels };
}

const fetchCommand: Command<{ name: string }> = {
  command: 'fetch <name>',
  describe: 'download a public dataset',
  examples: [
    ['data fetch cifar10', 'download CIFAR-10 once'],
    ['DOUBLETIME_HOME=/scratch doubletime data fetch cifar10', 'store it in another folder'],
  ],
  builder: (cli) =>
    cli.positional('name', {
      choices: ['cifar10'] as const,
      demandOption: true,
      describe: 'the dataset',
    }),
  handler: async () => {
    const { cifar10File, fetchCifar10 } = await import('../../data/sources/cifar10.ts');
    const fetched = await fetchCifar10(printStatus);
    process.stdout.write(`${cifar10File()} ${fetched ? 'is ready' : 'was downloaded before'}\n`);
  },
};

interface PackArguments extends FolderFlags {
  source: string;
  out: string;
  size: number | undefined;
  resize: 'shorter' | 'box' | 'none' | undefined;
  store: 'raw' | 'jpeg';
  onBadImage: 'stop' | 'skip';
  workers: number | undefined;
}

const packCommand: Command<PackArguments> = {
  command: 'pack <source>',
  describe: 'decode images once into one file; run the same command again to resume',
  examples: [
    ['data pack photos --out photos.pack --size 64 --resize box', 'store every image as 64 x 64 pixels'],
    ['data pack imagenet --out imagenet.pack --store jpeg', 'store the original files in one file'],
  ],
  builder: (cli) =>
    cli
      .positional('source', {
        ...pathArgument,
        demandOption: true,
        describe: 'a folder with train/<class>/* and val/<class>/*, a CIFAR-100 folder, another pack, or cifar10',
      })
      .option('out', { ...pathArgument, demandOption: true, describe: 'the pack file to write' })
      .option('size', { type: 'number', describe: 'size in pixels for --resize' })
      .option('resize', {
        choices: ['shorter', 'box', 'none'] as const,
        describe:
          'shorter: resize the shorter side to --size; box: resize the image to a square of --size; none: keep its size; default: shorter with --size, otherwise none',
      })
      .option('store', {
        choices: ['raw', 'jpeg'] as const,
        default: 'raw' as const,
        describe: 'raw: store pixels; jpeg: store the original files, for a dataset that is too large as pixels',
      })
      .option('onBadImage', {
        alias: 'onBadPicture',
        choices: ['stop', 'skip'] as const,
        default: 'stop' as const,
        describe: 'at an image that cannot be decoded: stop with an error, or leave it out and list it',
      })
      .options(folderOptions)
      .option('workers', workersOption),
  handler: async (args) => {
    const { pack } = await import('../data/pack.ts');
    await pack({
      ...args,
      size: checkSize(args),
      ...folderArguments(args),
      resize: args.resize ?? (args.size === undefined ? 'none' : 'shorter'),
    });
  },
};

/** @returns the size in pixels, or null to keep the size of each image. @throws UserError exit code 64. */
function checkSize({ size, resize, store }: PackArguments): number | null {
  const refuse = (message: string): never => {
    throw new UserError(message, ExitCode.usage);
  };
  if (resize === 'none' && size !== undefined)
    refuse(`--size is ${size}, but --resize none keeps the size: remove one of the two options`);
  if (resize !== undefined && resize !== 'none' && size === undefined)
    refuse(`--resize is ${resize} and --size is missing: add --size PIXELS`);
  if (size !== undefined && (!Number.isInteger(size) || size < 1 || size > 4096)) {
    refuse(`--size is ${size}, expected a whole number of pixels from 1 to 4096`);
  }
  if (store === 'jpeg' && size !== undefined)
    refuse(`--size is ${size}, but --store jpeg keeps the original files: remove --size`);
  return size ?? null;
}

interface PathArguments extends FolderFlags {
  path: string;
  json: boolean;
}

const infoCommand: Command<PathArguments> = {
  command: 'info <path>',
  describe: 'show the classes, the number of images and the first images of each split, without decoding',
  examples: [
    ['data info photos.pack', 'classes, numbers of images, first images'],
    ['data info photos --validation-fraction 0.1', 'a folder; a tenth of its images are for validation'],
  ],
  builder: (cli) =>
    cli
      .positional('path', { ...pathArgument, demandOption: true, describe: 'a pack, a folder, or cifar10' })
      .options(folderOptions)
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
  handler: async ({ path, json, ...rest }) => {
    const { info } = await import('../data/info.ts');
    process.stdout.write(info(path, json, folderArguments(rest)));
  },
};

const checkCommand: Command<PathArguments & { workers: number | undefined }> = {
  command: 'check <path>',
  describe: 'decode every image; report bad images, duplicates, overlaps, class balance, mean and standard deviation',
  examples: [
    ['data check photos', 'decode every image and list the bad ones'],
    ['data check photos.pack --json', 'the same for a pack, as JSON'],
  ],
  builder: (cli) =>
    cli
      .positional('path', { ...pathArgument, demandOption: true, describe: 'a pack, a folder, or cifar10' })
      .options(folderOptions)
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('workers', workersOption),
  handler: async ({ path, json, workers, ...rest }) => {
    const { check } = await import('../data/check.ts');
    await check(path, json, { workers, ...folderArguments(rest) });
  },
};

interface ListArguments extends FolderFlags {
  path: string;
  json: boolean;
  csv: boolean;
}

const listCommand: Command<ListArguments> = {
  command: 'list <path>',
  describe: 'list every image with its split and class',
  examples: [
    ['data list photos', 'every image with its class'],
    ['data list photos.pack --json', 'the same for a pack, as JSON'],
  ],
  builder: (cli) =>
    cli
      .positional('path', {
        ...pathArgument,
        demandOption: true,
        describe: 'a pack, a folder, or cifar10',
      })
      .options(folderOptions)
      .option('json', { type: 'boolean', default: false, describe: 'print JSON' })
      .option('csv', { type: 'boolean', default: false, describe: 'print CSV' }),
  handler: async ({ path, json, csv, ...rest }) => {
    if (json && csv) throw new UserError('--json and --csv are both given: remove one of them', ExitCode.usage);
    const { list } = await import('../data/list.ts');
    await list(path, json ? 'json' : csv ? 'csv' : 'text', folderArguments(rest));
  },
};

export const dataCommand: Command<object> = {
  command: 'data',
  describe: 'download, pack, list and check datasets',
  builder: (cli) =>
    [fetchCommand, packCommand, infoCommand, listCommand, checkCommand]
      .reduce((chain: Argv, command) => addCommand(chain, command as Command<unknown>), cli)
      .demandCommand(1, 'data needs a subcommand: fetch, pack, info, list or check'),
  handler: () => undefined,
};
