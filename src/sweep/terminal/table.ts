import { dropUntilFits, type Ranked } from '../../base/fit-line.ts';
import { formatDuration, formatNumber, formatPercent, formatWithSiPrefix, groupDigits } from '../../base/format.ts';
import { formatTable, type Cell, type Column } from '../../base/table.ts';
import type { RunState } from '../run-queue.ts';
import { reasonText } from './reason.ts';

/** The columns. A narrow terminal leaves out the column with the highest rank first, and never a column with rank 0. */
const columns: readonly (Column & Ranked)[] = [
  { name: 'network', rank: 0 },
  { name: 'date', rank: 4 },
  { name: 'epochs', align: 'right', rank: 6 },
  { name: 'examples', align: 'right', rank: 7 },
  { name: 'MACs', align: 'right', rank: 8 },
  { name: 'FLOPs', align: 'right', rank: 5 },
  { name: 'teraflop/s-days', align: 'right', rank: 0 },
  { name: 'seconds', align: 'right', rank: 3 },
  { name: 'reduction', align: 'right', rank: 1 },
  { name: 'accuracy', align: 'right', rank: 2 },
  { name: '', rank: 0 },
];

/** The data of other runs that a row needs. */
interface Others {
  /** How many runs there are of each name. */
  readonly named: ReadonlyMap<string, number>;
  readonly byId: ReadonlyMap<string, RunState>;
}

function othersOf(states: readonly RunState[]): Others {
  const named = new Map<string, number>();
  for (const { run } of states) named.set(run.name, (named.get(run.name) ?? 0) + 1);
  return { named, byId: new Map(states.map((state) => [state.run.id, state])) };
}

/** Paper compute at the crossing of the run that sets the level: what reductions are measured against. */
const anchorCompute = ({ byId }: Others, { run }: RunState): number | undefined =>
  run.anchor === null ? undefined : byId.get(run.anchor)?.result?.crossing?.paperTeraflopSecondDays;

function note({ run, result, phase, message }: RunState): string {
  if (!result) return phase === 'pending' ? 'not run yet' : `${phase}${message ? `: ${message}` : ''}`;
  if (run.anchor === run.id) return result.crossing ? 'sets the level' : reasonText(result, true);
  if (result.crossing || run.level === null) return '';
  const level = result.level?.value;
  return `${reasonText(result, true)}${level === undefined ? '' : ` (${formatPercent(level)})`}`;
}

function rowOf(others: Others, state: RunState): Cell[] {
  const { run, result } = state;
  const isOneOfSeveral = (others.named.get(run.name) ?? 0) > 1;
  const name = isOneOfSeveral ? `${run.name}-s${run.seed}` : run.name;
  if (!result) return [name, run.published, ...Array<null>(8).fill(null), note(state)];
  const { epochs, examples, macs, flops, paperTeraflopSecondDays: compute } = result.crossing ?? result.totals;
  const seconds = result.crossing?.trainingSeconds ?? result.totals.seconds.training;
  const anchor = anchorCompute(others, state);
  const reduction = result.crossing && anchor ? `${formatNumber(anchor / compute)}x` : null;
  const accuracy = result.crossing?.accuracy ?? result.lastAccuracy;
  return [
    name,
    run.published,
    formatNumber(epochs),
    groupDigits(examples),
    formatWithSiPrefix(macs),
    formatWithSiPrefix(flops),
    formatNumber(compute),
    formatDuration(seconds),
    reduction,
    formatPercent(accuracy),
    note(state),
  ];
}

const longestLine = (table: string): number =>
  table.split('\n').reduce((longest, line) => Math.max(longest, line.length), 0);

/**
 * The compute of every run to its level, oldest network first; for runs that did not reach it, all their compute. Reductions compare
 * teraflop/s-days as the paper counts them (3 x forward MACs) with those of the run that set the level.
 * @param width characters of a line; columns are left out until the table fits, the least important ones first.
 */
export function resultsTable(states: readonly RunState[], width = Infinity): string {
  const sorted = [...states].sort((a, b) =>
    a.run.published === b.run.published ? 0 : a.run.published < b.run.published ? -1 : 1,
  );
  const others = othersOf(states);
  const rows = sorted.map((state) => rowOf(others, state));
  const tableOf = (kept: readonly Column[]): string => {
    const pick = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => kept.includes(columns[i]!));
    return formatTable(kept, rows.map(pick));
  };
  return tableOf(dropUntilFits(columns, (kept) => longestLine(tableOf(kept)) <= width));
}
