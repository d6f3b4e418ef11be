import { formatPercent, formatSeconds, groupDigits, formatWithSiPrefix } from '../../base/format.ts';
import { formatTable, type Cell, type Column } from '../../base/table.ts';
import type { RunState } from '../run-queue.ts';
import { reasonText } from './reason.ts';

/** A column with the order in which columns are left out where there is little room; 0: never. */
const columns: readonly (Column & { readonly leaveOut: number })[] = [
  { name: 'network', leaveOut: 0 },
  { name: 'date', leaveOut: 5 },
  { name: 'epochs', align: 'right', leaveOut: 3 },
  { name: 'examples', align: 'right', leaveOut: 2 },
  { name: 'MACs', align: 'right', leaveOut: 1 },
  { name: 'FLOPs', align: 'right', leaveOut: 4 },
  { name: 'teraflop/s-days', align: 'right', leaveOut: 0 },
  { name: 'seconds', align: 'right', leaveOut: 6 },
  { name: 'reduction', align: 'right', leaveOut: 8 },
  { name: 'accuracy', align: 'right', leaveOut: 7 },
  { name: '', leaveOut: 0 },
];

/** What a row needs to know of the other runs. */
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
  const reduction = result.crossing && anchor ? `${Number((anchor / compute).toPrecision(3))}x` : null;
  const accuracy = result.crossing?.accuracy ?? result.lastAccuracy;
  return [
    name,
    run.published,
    Number(epochs.toPrecision(3)),
    groupDigits(examples),
    formatWithSiPrefix(macs),
    formatWithSiPrefix(flops),
    Number(compute.toPrecision(3)).toString(),
    formatSeconds(seconds),
    reduction,
    accuracy === null ? null : formatPercent(accuracy),
    note(state),
  ];
}

const widest = (table: string): number => table.split('\n').reduce((most, line) => Math.max(most, line.length), 0);

/**
 * What every run needed to its level, oldest network first; for those that did not reach it, all they spent. Reductions
 * compare teraflop/s-days as the paper counts them (3 x forward MACs) with those of the run that set the level.
 * @param width characters of a line; columns are left out until the table fits, those of least interest first.
 */
export function resultsTable(states: readonly RunState[], width = Infinity): string {
  const sorted = [...states].sort((a, b) =>
    a.run.published === b.run.published ? 0 : a.run.published < b.run.published ? -1 : 1,
  );
  const others = othersOf(states);
  const rows = sorted.map((state) => rowOf(others, state));
  const keep = (from: number): string => {
    const kept = columns.map(({ leaveOut }) => leaveOut === 0 || leaveOut >= from);
    const pick = <T>(cells: readonly T[]): T[] => cells.filter((_, i) => kept[i]);
    return formatTable(pick(columns), rows.map(pick));
  };
  const most = Math.max(...columns.map(({ leaveOut }) => leaveOut));
  let table = keep(0);
  for (let from = 2; widest(table) > width && from <= most + 1; from++) table = keep(from);
  return table;
}
