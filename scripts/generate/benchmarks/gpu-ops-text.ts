import { z } from 'zod';
import { formatCount, formatShortPercent } from '../../../src/base/text/format.ts';
import { stepsAgree, STEP_TOLERANCES } from '../../../src/engine/device-check/compare.ts';
import { table } from '../markdown.ts';
import { atMost, listed } from './numbers.ts';

const step = z.object({
  network: z.string(),
  input: z.number(),
  firstLoss: z.number(),
  loss: z.number(),
  change: z.number(),
});

/** The form of docs/benchmarks/gpu-h200-ops.json. */
export const opsSchema = z.object({
  tolerance: z.number(),
  executed: z.number(),
  failed: z.number(),
  beyond: z.array(z.object({ op: z.string(), isTraining: z.boolean().optional() })),
  steps: z.array(step),
  twoKernelsOfACpu: z.object({ steps: z.array(step) }),
});
type Found = z.output<typeof opsSchema>;

/** The form of docs/benchmarks/gpu-h200-runs.json. */
export const runsSchema = z.object({
  bfloat16: z.object({
    networks: z.array(
      z.object({
        network: z.string(),
        change: z.object({ bfloat16: z.number(), 'bfloat16, persistent batch norms': z.number() }),
      }),
    ),
    pytorchOnACpu: z.object({ networks: z.array(z.object({ network: z.string(), change: z.number() })) }),
  }),
});

const percent = (value: number): string => `${(100 * value).toFixed(1)} %`;

const isEvaluatedNorm = ({ op, isTraining }: Found['beyond'][number]): boolean =>
  op === 'FusedBatchNormV3' && isTraining === false;

function opsText({ executed, tolerance, failed, beyond, steps }: Found): string {
  const norms = beyond.filter(isEvaluatedNorm).length;
  const others = beyond.length - norms;
  const differing = `${formatCount(norms, 'batch norm')} of evaluations and ${others === 0 ? 'no other op' : formatCount(others, 'other op')}`;
  return (
    `- **Ops**: ${executed} ops of ${steps.length} networks ran on both devices, and ${failed} failed.\n` +
    `  ${differing} differ by more than ${tolerance.toExponential()}.`
  );
}

function stepsText({ steps }: Found): string {
  const first = Math.max(...steps.map(({ firstLoss }) => firstLoss));
  const beyond = steps.filter((found) => !stepsAgree(found)).map(({ network }) => network);
  const which =
    beyond.length === 0
      ? 'No network differs more.'
      : `${listed(beyond)} ${beyond.length === 1 ? 'differs' : 'differ'} more.`;
  return (
    `- **Steps**: the first losses of all networks differ by at most ${atMost(first)}.\n` +
    `  For the largest difference of three losses, ${formatShortPercent(STEP_TOLERANCES.loss)} is accepted. ${which}`
  );
}

/** The networks that differ most, beside the difference of two kinds of CPU kernels. */
function stepsTable({ steps, twoKernelsOfACpu }: Found): string {
  const kernels = new Map(twoKernelsOfACpu.steps.map((found) => [found.network, found]));
  const shown = steps.filter((found) => !stepsAgree(found) || kernels.has(found.network));
  const rows = shown.map(({ network, loss, change }) => {
    const cpu = kernels.get(network);
    return [network, percent(loss), percent(change), cpu ? percent(cpu.loss) : null, cpu ? percent(cpu.change) : null];
  });
  return table(['network', '>three losses', '>change by the first step', '>two CPU kernels: losses', '>change'], rows);
}

/** The comparison of ops and steps on a GPU with those on a CPU. */
export const gpuOpsText = (found: Found): string => `${opsText(found)}\n${stepsText(found)}\n\n${stepsTable(found)}`;

/** How far the first changes in bfloat16 are from those in float32, with and without persistent batch norms, and in PyTorch. */
export function bfloat16Text({ bfloat16 }: z.output<typeof runsSchema>): string {
  const torch = new Map(bfloat16.pytorchOnACpu.networks.map(({ network, change }) => [network, change]));
  return table(
    ['network', '>with persistent kernels', '>without', ">PyTorch's autocast on a CPU"],
    bfloat16.networks.map(({ network, change }) => [
      network,
      change['bfloat16, persistent batch norms'].toFixed(2),
      change.bfloat16.toFixed(2),
      torch.get(network)?.toFixed(2) ?? null,
    ]),
  );
}
