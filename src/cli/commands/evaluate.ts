import { statIfExists } from '../../base/files/stat.ts';
import type { WeightsEvaluation } from '../../train/evaluate-weights.ts';
import type { LabelFormat } from '../../data/request.ts';
import { ExitCode, UserError } from '../../base/errors.ts';
import { formatCount } from '../../base/text/format.ts';
import { checkWholeNumber } from '../options/check-numbers.ts';
import {
  networkArgument,
  type NetworkArguments,
  networkOptions,
  pickNetworkOptions,
} from '../options/network-options.ts';
import { pathArgument } from '../options/path-argument.ts';
import { checkValidationSplit, splitOptions } from '../data/split-options.ts';
import type { Command } from '../command.ts';

const INTERPOLATIONS = ['nearest', 'linear', 'cubic', 'lanczos3'] as const;

interface Arguments extends NetworkArguments {
  network: string;
  weights: string;
  data: string;
  input: number | undefined;
  resize: number | undefined;
  interpolation: (typeof INTERPOLATIONS)[number] | undefined;
  batch: number;
  validationSplit: string | undefined;
  labels: LabelFormat | undefined;
  json: boolean;
}

/**
 * Finds what `--data` names: `cifar10`, a pack file, or a folder of images or of CIFAR's binary files.
 * @throws UserError exit code 64 for options that do not fit it, 66 if it does not exist.
 */
function findSource({ data: path, validationSplit: validation, labels }: Arguments) {
  checkValidationSplit(validation);
  const stat = statIfExists(path);
  if (stat === undefined && path !== 'cifar10')
    throw new UserError(`--data ${path} does not exist: expected a folder, a pack file, or cifar10`, ExitCode.noInput);
  if (stat === undefined) return { source: 'cifar10' } as const;
  const isFolder = stat.isDirectory();
  if (!isFolder && (validation !== undefined || labels !== undefined))
    throw new UserError(
      `--data ${path} is a pack file, but --validation-split and --labels are only for folders: remove them`,
      ExitCode.usage,
    );
  return isFolder
    ? ({ source: 'folder', path, ...(validation && { validation }), ...(labels && { labels }) } as const)
    : ({ source: 'pack', path } as const);
}

async function formatText(result: WeightsEvaluation): Promise<string> {
  const { formatNumber, formatPercent, groupDigits } = await import('../../base/text/format.ts');
  const { network, weights, data, input, resize, examples, top1, top5, loss } = result;
  const accuracy = (name: string, { correct, fraction }: WeightsEvaluation['top1']): string =>
    `${name}  ${groupDigits(correct)} of ${groupDigits(examples)}, ${formatPercent(fraction)}`;
  return [
    `${network}, weights of ${weights.file} (sha256 ${weights.sha256.slice(0, 12)})`,
    `${data.name}: ${groupDigits(examples)} validation images of ${formatCount(data.classes, 'class')}, shorter side ${resize} px, center crop ${input} px`,
    accuracy('top-1', top1),
    accuracy('top-5', top5),
    `loss   ${formatNumber(loss, 5)}`,
    '',
  ].join('\n');
}

export const evaluateCommand: Command<Arguments> = {
  command: 'evaluate <network>',
  describe: 'evaluate the weights of a file on the validation images of a dataset',
  examples: [
    [
      'evaluate resnet18 --weights resnet18.safetensors --data imagenet --resize 256',
      "evaluate torchvision's weights on ImageNet",
    ],
    [
      'evaluate resnet18 --weights trained.safetensors --data cifar10 --input 32 --stem small --json',
      'evaluate your own weights on CIFAR-10, as JSON',
    ],
  ],
  needsSetUp: ({ data }) => Promise.resolve(data === 'cifar10'),
  builder: (cli) =>
    networkOptions(
      cli
        .positional('network', networkArgument)
        .option('weights', {
          ...pathArgument,
          demandOption: true,
          describe: "safetensors file with PyTorch's names, such as torchvision's; see doubletime weights",
        })
        .option('data', {
          ...pathArgument,
          demandOption: true,
          describe: 'folder with train/<class>/* and val/<class>/*, folder of CIFAR files, pack file, or cifar10',
        })
        .option('input', { type: 'number', describe: "input height and width in pixels; default: the network's own" })
        .option('resize', {
          type: 'number',
          describe: 'resize the shorter side to this before the center crop; default: the input size',
        })
        .option('interpolation', { choices: INTERPOLATIONS, describe: 'filter for resizing; default: linear' })
        .option('batch', { type: 'number', default: 50, describe: 'images per forward pass' })
        .options(splitOptions)
        .option('json', { type: 'boolean', default: false, describe: 'print JSON' }),
    ),
  handler: async (args) => {
    const checkPixels = (option: string, value: number | undefined): number | undefined =>
      value === undefined ? undefined : checkWholeNumber(option, value, 4096);
    const input = checkPixels('--input', args.input);
    const resize = checkPixels('--resize', args.resize);
    const batch = checkWholeNumber('--batch', args.batch, 65_536);
    const data = findSource(args);
    const { evaluateWeights } = await import('../../train/evaluate-weights.ts');
    const { network, weights, interpolation } = args;
    const { showItemProgress } = await import('../data/progress.ts');
    const progress = showItemProgress('evaluated');
    const result = await evaluateWeights({
      ...{ network, weights, interpolation, options: pickNetworkOptions(args), data, input, resize, batch },
      progress: progress.update,
      warn: (line) => {
        process.stderr.write(`doubletime: warning: ${line}\n`);
      },
    }).finally(progress.stop);
    process.stdout.write(args.json ? `${JSON.stringify(result, null, 1)}\n` : await formatText(result));
  },
};
