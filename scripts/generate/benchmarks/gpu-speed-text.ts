import { z } from 'zod';
import { table } from '../markdown.ts';
import { listed } from './numbers.ts';

const timing = z.object({
  framework: z.enum(['doubletime', 'PyTorch']),
  visit: z.number().optional(),
  /** Whether no other program used the card; null: not known. */
  alone: z.boolean().nullish(),
  network: z.string(),
  batch: z.number(),
  precision: z.string().optional(),
  mode: z.string().optional(),
  xla: z.boolean().default(false),
  milliseconds: z.number().optional(),
  low: z.number().optional(),
  firstStepMilliseconds: z.number().optional(),
  /** Variables that were set for this result alone. */
  environmentVariables: z.unknown().optional(),
  error: z.string().optional(),
});

/** The form of docs/benchmarks/gpu-h200-speed.json. */
export const speedSchema = z.object({ results: z.array(timing) });
type Timing = z.output<typeof timing>;
type Timed = Timing & { milliseconds: number; low: number };

/** PyTorch's mode for a precision. */
const MODES: Readonly<Record<string, string>> = { bfloat16: 'bf16', tf32: 'tf32', float32: 'fp32' };

const isTimed = (row: Timing): row is Timed => row.milliseconds !== undefined && row.low !== undefined;

/** The result for the table: measured while no other program used the card, if there is one; of several, the fastest. */
function best(rows: readonly Timing[]): Timed | undefined {
  const timed = rows.filter(isTimed);
  const alone = timed.filter((row) => row.alone === true);
  return (alone.length > 0 ? alone : timed).toSorted((a, b) => a.milliseconds - b.milliseconds)[0];
}

/** What was measured of a network in a precision. */
interface Case {
  readonly network: string;
  readonly precision: string;
  readonly own: Timed;
  readonly xla: Timed | undefined;
  readonly xlaError: string | undefined;
  readonly torch: Timed | undefined;
}

function casesOf(results: readonly Timing[]): Case[] {
  const own = results.filter(({ framework }) => framework === 'doubletime');
  const keys = new Set(own.map(({ network, precision }) => `${network} ${precision}`));
  return [...keys].flatMap((key): Case[] => {
    const [network = '', precision = ''] = key.split(' ');
    const rows = own.filter((row) => row.network === network && row.precision === precision);
    const plain = best(rows.filter(({ xla }) => !xla));
    const compiled = rows.filter(({ xla }) => xla);
    const torch = results.filter(
      (row) => row.framework === 'PyTorch' && row.network === network && row.mode === MODES[precision],
    );
    const xlaError = compiled.find(({ error }) => error !== undefined)?.error;
    return plain ? [{ network, precision, own: plain, xla: best(compiled), xlaError, torch: best(torch) }] : [];
  });
}

const times = (row: Timed | undefined): string => (row ? `${row.milliseconds.toFixed(1)} (${row.low.toFixed(1)})` : '');

const ratio = (a: number, b: number): string => (a / b).toFixed(2);

/** PyTorch's median divided by doubletime's; also the ratio of the best steps if other programs used the card. */
function factorText({ own, xla, torch }: Case): string {
  if (torch === undefined) return '';
  const compiled = xla ? `; with XLA ${ratio(torch.milliseconds, xla.milliseconds)}` : '';
  const shortest = torch.alone === true ? '' : `; by the best ${ratio(torch.low, own.low)}`;
  return `${ratio(torch.milliseconds, own.milliseconds)}${compiled}${shortest}`;
}

function row(found: Case): string[] {
  const { network, precision, own, xla, xlaError, torch } = found;
  const compiled = xla ? times(xla) : xlaError === undefined ? '' : 'not finished';
  return [network, precision, String(own.batch), times(own), compiled, times(torch), factorText(found)];
}

/** One item per network whose result of PyTorch was measured while other programs used the card. */
const sharedText = (cases: readonly Case[]): string[] =>
  cases
    .filter(({ torch }) => torch !== undefined && torch.alone !== true)
    .map(
      ({ network, precision }) =>
        `- PyTorch's ${network} in ${precision} was measured while other programs used the card.`,
    );

function xlaText(cases: readonly Case[]): string[] {
  const first = cases.flatMap(({ network, xla }) =>
    xla?.firstStepMilliseconds === undefined
      ? []
      : [`the first step of ${network} took ${Math.round(xla.firstStepMilliseconds / 1000)} s`],
  );
  const errors = new Set(cases.flatMap(({ xlaError }) => xlaError ?? []));
  const failed = [...errors].map((error) => {
    const networks = cases.filter(({ xlaError }) => xlaError === error).map(({ network }) => network);
    return `${listed(networks)}: ${error}`;
  });
  return first.length + failed.length === 0 ? [] : [`- **XLA**: ${[...first, ...failed].join('.\n  ')}.`];
}

/** The best steps in bfloat16 of the first visit, in which persistent batch norms were not allowed, and those of the table. */
function batchNormsText(results: readonly Timing[], cases: readonly Case[]): string[] {
  const earlier = results.filter(
    ({ framework, visit, xla, environmentVariables }) =>
      framework === 'doubletime' && visit === 1 && !xla && environmentVariables === undefined,
  );
  const changes = cases.flatMap(({ network, precision, own }) => {
    const before = best(earlier.filter((row) => row.network === network && row.precision === precision));
    const isChanged = precision === 'bfloat16' && own.visit === 2 && before !== undefined;
    return isChanged ? [{ text: `${network} from ${before.low.toFixed(1)} to ${own.low.toFixed(1)} ms`, before }] : [];
  });
  if (changes.length === 0) return [];
  const shared = changes.some(({ before }) => before.alone !== true)
    ? ' Other programs used the card during the earlier measurements.'
    : '';
  return [
    `- **Persistent batch norms** (below) came with the second commit. The best step in bfloat16 fell:\n  ${listed(changes.map(({ text }) => text))}.${shared}`,
  ];
}

/** The table of doubletime's and PyTorch's times on a GPU, and what it needs to be read. */
export function gpuSpeedText({ results }: z.output<typeof speedSchema>): string {
  const cases = casesOf(results);
  const columns = ['network', 'precision', '>batch', '>doubletime', '>with XLA', '>PyTorch', 'factor'];
  const notes = [...sharedText(cases), ...xlaText(cases), ...batchNormsText(results, cases)];
  return `${table(columns, cases.map(row))}\n${notes.join('\n')}`;
}
