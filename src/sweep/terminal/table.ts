import { dropUntilFits, type Ranked } from '../../base/numbers/fit-line.ts';
import {
  formatDuration,
  formatNumber,
  formatPercent,
  formatWithSiPrefix,
  groupDigits,
} from '../../base/text/format.ts';
import { formatTable, type Cell, type Column } from '../../base/text/table.ts';
import { findCrossing } from '../../results/crossing.ts';
import type { RunState } from '../run-queue.ts';
import { reasonText } from './reason.ts';

/** The columns. A narrow terminal leaves out the column with the highest rank first, and never a column with rank 0. */
const columns: readonly (Column & Ranked)[] = [
  { name: 'network', rank: 0 },
  { name: 'date', rank: 4 },
  { name: 'epochs', align: 'right', rank: 6 },
  { name: 'images', align: 'right', rank: 7 },
  { name: 'MACs', align: 'right', rank: 8 },
  { name: 'FLOPs', align: 'right', rank: 5 },
  { name: 'teraflop/s-days', align: 'right', rank: 0 },
  { name: 'seconds', align: 'right', rank: 3 },
  { name: 'reduction', align: 'right', rank: 1 },
  { name: 'accuracy', align: 'right', rank: 2 },
  { name: '', rank: 0 },
];

/** Facts about all runs that a row needs. */
interface RunIndex {
  /** The number of runs with each name. */
  readonly countByName: ReadonlyMap<string, number>;
  readonly byId: ReadonlyMap<string, RunState>;
}

function indexRuns(states: readonly RunState[]): RunIndex {
  const countByName = new Map<string, number>();
  for (const { run } of states) countByName.set(run.name, (countByName.get(run.name) ?? 0) + 1);
  return { countByName, byId: new Map(states.map((state) => [state.run.id, state])) };
}

/**
 * The paper compute that the run which set the level needs to reach the level of another run; undefined if it did not reach it, or was
 * trained on other images. Reductions are relative to it.
 */
function anchorCompute({ byId }: RunIndex, { run, result }: RunState): number | undefined {
  const anchor = run.anchor === null ? undefined : byId.get(run.anchor)?.result;
  const value = result?.level?.value;
  if (anchor?.curve === undefined || value === undefined || anchor.images !== result?.images) return undefined;
  return findCrossing(anchor.curve, { ...result.level!, value })?.paperTeraflopSecondDays;
}

function noteText({ byId }: RunIndex, { run, result, phase, message }: RunState): string {
  if (!result) return phase === 'pending' ? 'not run yet' : `${phase}${message ? `: ${message}` : ''}`;
  if (run.anchor === run.id) return result.crossing ? 'sets the level' : reasonText(result, true);
  const anchor = run.anchor === null ? undefined : byId.get(run.anchor)?.result;
  if (anchor && anchor.images !== result.images) return `other images than ${run.anchor!}`;
  if (result.crossing || run.level === null) return '';
  const level = result.level?.value;
  return `${reasonText(result, true)}${level === undefined ? '' : ` (${formatPercent(level)})`}`;
}

function toRow(index: RunIndex, state: RunState): Cell[] {
  const { run, result } = state;
  const hasSeveralSeeds = (index.countByName.get(run.name) ?? 0) > 1;
  const name = hasSeveralSeeds ? `${run.name}-s${run.seed}` : run.name;
  if (!result) return [name, run.published, ...Array<null>(8).fill(null), noteText(index, state)];
  const { epochs, examples, macs, flops, paperTeraflopSecondDays: compute } = result.crossing ?? result.totals;
  const seconds = result.crossing?.trainingSeconds ?? result.totals.seconds.training;
  const anchor = anchorCompute(index, state);
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
    noteText(index, state),
  ];
}

const longestLine = (table: string): number =>
  table.split('\n').reduce((longest, line) => Math.max(longest, line.length), 0);

/**
 * A table of the compute that each run needed to reach its level, oldest network first. For a run that did not reach it, its whole
 * compute. A reduction is the paper compute (3 x forward MACs) of the run that set the level, divided by that of the run.
 * @param width characters of a line; columns are left out until the table fits, the least important ones first.
 */
export function resultsTable(states: readonly RunState[], width = Infinity): string {
  const sorted = [...states].sort((a, b) =>
    a.run.published === b.run.published ? 0 : a.run.published < b.run.published ? -1 : 1,
  );
  const index = indexRuns(states);
  const rows = sorted.map((state) => toRow(index, state));
  const formatWith = (kept: readonly Column[]): string => {
    const pick = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => kept.includes(columns[i]!));
    return formatTable(kept, rows.map(pick));
  };
  return formatWith(dropUntilFits(columns, (kept) => longestLine(formatWith(kept)) <= width));
}
