import { z } from 'zod';
import { formatCount } from '../../../src/base/text/format.ts';
import { extremes } from '../../../src/base/numbers/extremes.ts';
import { table } from '../markdown.ts';
import { atMost, short } from './numbers.ts';

const difference = z.object({ loss: z.number(), gradient: z.number() });
const comparison = z.object({
  /** NETWORK:PIXELS[:WIDTH] */
  network: z.string(),
  compiledAgainstUncompiled: difference,
  inFloat64: difference,
  againstFloat64: z.object({ compiled: difference, uncompiled: difference, tensorflowKernels: difference }),
});

/** The form of docs/benchmarks/xla.json. */
export const xlaSchema = z.object({ results: z.array(comparison) });
type Comparison = z.output<typeof comparison>;

/** The relative difference of two losses that counts as equal. */
const LIMIT = 1e-5;

function describeNetwork({ network }: Comparison): string {
  const [name, pixels, width] = network.split(':');
  return `${name}, ${pixels} px${width === undefined ? '' : `, width ${width}`}`;
}

const inFloat64 = ({ inFloat64: { loss, gradient } }: Comparison): number => Math.max(loss, gradient);

const gradients = ({ againstFloat64: { compiled, uncompiled, tensorflowKernels } }: Comparison) => ({
  compiled: compiled.gradient,
  others: [uncompiled.gradient, tensorflowKernels.gradient],
});

function row(result: Comparison): string[] {
  const { compiled, others } = gradients(result);
  const numbers = [result.compiledAgainstUncompiled.loss, inFloat64(result), compiled, ...others];
  return [describeNetwork(result), ...numbers.map(short)];
}

/** Which losses differ by more than the limit. */
function lossesText(results: readonly Comparison[]): string {
  const outside = results.filter(({ compiledAgainstUncompiled: { loss } }) => loss > LIMIT);
  const within = `In ${results.length - outside.length} of ${formatCount(results.length, 'row')}, the losses are equal within 1e-5.`;
  const lines = outside.map((result) => {
    const { compiled, uncompiled, tensorflowKernels } = result.againstFloat64;
    const [mine, own, theirs] = [compiled, uncompiled, tensorflowKernels].map(({ loss }) => short(loss));
    const wrong =
      compiled.loss > Math.max(uncompiled.loss, tensorflowKernels.loss) ? ' The command counts this row as wrong.' : '';
    return (
      `- ${describeNetwork(result)}: the losses differ by ${short(result.compiledAgainstUncompiled.loss)}. From float64, XLA's loss differs by\n` +
      `  ${mine}, doubletime's by ${own}, and that of TensorFlow's kernels by ${theirs}.${wrong}`
    );
  });
  return outside.length === 0 ? within : `${within} The others:\n\n${lines.join('\n')}\n`;
}

/** In how many rows XLA's gradients are the farthest from float64, and how much farther. */
function gradientsText(results: readonly Comparison[]): string {
  const factors = results.map((result) => {
    const { compiled, others } = gradients(result);
    return { result, factor: compiled / Math.max(...others) };
  });
  const farther = factors.filter(({ factor }) => factor > 1).sort((a, b) => b.factor - a.factor);
  const [worst] = farther;
  const text = `XLA's gradients are farther from float64 than those of both other kernels in ${farther.length} of ${formatCount(results.length, 'row')}`;
  if (worst === undefined) return `${text}.`;
  return `${text},\nmost in ${describeNetwork(worst.result)}: ${Math.round(worst.factor)} times as far as the farther of the two.`;
}

/** The comparison of steps that XLA compiles with others: a table, the least exact gradients last, and a summary. */
export function xlaText({ results }: z.output<typeof xlaSchema>): string {
  const columns = [
    'network',
    '>loss',
    '>in float64',
    '>gradients: compiled',
    '>uncompiled',
    ">with TensorFlow's kernels",
  ];
  const rows = results.toSorted((a, b) => gradients(a).compiled - gradients(b).compiled).map(row);
  const [, largest] = extremes(results.map(inFloat64));
  return `${table(columns, rows)}
${lossesText(results)}
In float64, every loss and gradient is equal to the uncompiled one within ${atMost(largest)}.
${gradientsText(results)}`;
}
