import { extremes } from '../../base/numbers/extremes.ts';
import { toCsv } from '../../base/text/csv.ts';
import { ExitCode, UserError } from '../../base/errors.ts';
import { type Precision, PRECISIONS } from '../../base/precision.ts';
import { formatCount, groupDigits } from '../../base/text/format.ts';
import type { FlopReport } from '../../api/count-flops.ts';
import { checkWholeNumber } from '../options/check-numbers.ts';
import {
  networkArgument,
  type NetworkArguments,
  networkOptions,
  pickNetworkOptions,
} from '../options/network-options.ts';
import { printData } from '../output.ts';
import type { Command } from '../command.ts';

interface Arguments extends NetworkArguments {
  network: string;
  input: number | undefined;
  batch: number;
  json: boolean | undefined;
  csv: boolean | undefined;
  auxiliaryWeight: number;
  precision: Precision;
}

const CSV_COLUMNS = [
  'layer',
  'forward_macs',
  'input_gradient_macs',
  'weight_gradient_macs',
  'step_macs',
  'step_flops',
  'output_shape',
] as const;

const formatCsv = ({ layers }: FlopReport): string =>
  toCsv(
    CSV_COLUMNS,
    layers.map(({ layer, macs, flops, outputShape }) => [
      layer,
      macs.forward,
      macs.inputGradients,
      macs.weightGradients,
      macs.step,
      flops,
      outputShape.join('x'),
    ]),
  );

/** The MACs of a step in each number format; none if all are in float32. */
const precisionRows = ({ precision, macsByPrecision }: FlopReport): [string, string][] =>
  precision === 'float32'
    ? []
    : PRECISIONS.flatMap((format): [string, string][] => {
        const macs = macsByPrecision[format];
        return macs === undefined ? [] : [[`  in ${format}`, groupDigits(macs)]];
      });

function formatText(report: FlopReport): string {
  const { macs, flops, paper } = report;
  const difference = (100 * (paper - macs.step)) / macs.step;
  const rows: [string, string][] = [
    ['parameters', groupDigits(report.parameters)],
    ['MACs forward', groupDigits(macs.forward)],
    ['MACs of input gradients', groupDigits(macs.inputGradients)],
    ['MACs of weight gradients', groupDigits(macs.weightGradients)],
    ['MACs of a step', groupDigits(macs.step)],
    ...precisionRows(report),
    ['paper: 3 x forward', `${groupDigits(paper)} (${difference >= 0 ? '+' : ''}${difference.toFixed(2)} %)`],
    ['FLOPs of a step', groupDigits(flops.step)],
    ...Object.entries(flops.byKind)
      .filter(([, count]) => count > 0)
      .map(([kind, count]): [string, string] => [`  ${kind}`, groupDigits(count)]),
    ['not included: input preparation', groupDigits(flops.outside.input)],
    ['not included: random masks', groupDigits(flops.outside.mask)],
    ['activation memory', `${groupDigits(report.activationBytes / 2 ** 20)} MiB`],
  ];
  const width = extremes(rows.map(([name]) => name.length))[1];
  const title = `${report.model}, ${report.input} x ${report.input} px, batch ${report.batch}, ${formatCount(report.classes, 'class')}`;
  return [title, ...rows.map(([name, value]) => `${name.padEnd(width)}  ${value.padStart(18)}`)].join('\n');
}

/** Counts the step that the arguments describe. @throws UserError exit code 64 for a number out of range; as `countFlops`. */
async function count(args: Arguments): Promise<FlopReport> {
  const { countFlops } = await import('../../api/count-flops.ts');
  const { network, auxiliaryWeight, precision } = args;
  const input = args.input === undefined ? undefined : checkWholeNumber('--input', args.input, 4096);
  const batch = checkWholeNumber('--batch', args.batch, 65_536);
  if (!(auxiliaryWeight >= 0 && Number.isFinite(auxiliaryWeight)))
    throw new UserError(`--auxiliary-weight is ${auxiliaryWeight}, expected a number of at least 0`, ExitCode.usage);
  return countFlops({ network, input, batch, auxiliaryWeight, precision, ...pickNetworkOptions(args) });
}

export const flopsCommand: Command<Arguments> = {
  command: 'flops <network>',
  describe: 'count the MACs and FLOPs of a training step: forward pass, backward pass and update',
  examples: [
    ['flops resnet50 --batch 32', 'one training step of 32 images'],
    ['flops ./my-net.ts --classes 10 --csv', 'your own network, one row per layer'],
  ],
  needsSetUp: true,
  builder: (cli) =>
    networkOptions(
      cli
        .positional('network', networkArgument)
        .option('input', {
          type: 'number',
          describe: "input height and width in pixels; default: the network's own",
        })
        .option('batch', { type: 'number', default: 1, describe: 'images per step' })
        .option('auxiliaryWeight', {
          type: 'number',
          default: 0,
          describe: 'weight of the auxiliary heads in the loss; 0: the heads are computed but not trained',
        })
        .option('precision', {
          choices: PRECISIONS,
          default: 'float32' as const,
          describe: 'number format of convolutions and matrix products; also shows how many MACs run in each format',
        })
        .option('json', { type: 'boolean', describe: 'print JSON with all counts' })
        .option('csv', { type: 'boolean', conflicts: 'json', describe: 'print CSV with one row per layer' }),
    ),
  handler: async (args) => {
    const report = await count(args);
    if (args.csv) printData(formatCsv(report));
    else process.stdout.write(`${args.json ? JSON.stringify(report, null, 2) : formatText(report)}\n`);
  },
};
