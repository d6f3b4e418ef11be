import { formatPercent, formatSeconds, grouped, withPrefix } from '../base/format.ts';
import { formatTable, type Cell, type Column } from '../base/table.ts';
import type { RunState } from './board.ts';
import { reasonText } from './reason.ts';

const columns: readonly Column[] = [
  { name: 'network' },
  { name: 'date' },
  { name: 'epochs', align: 'right' },
  { name: 'examples', align: 'right' },
  { name: 'MACs', align: 'right' },
  { name: 'FLOPs', align: 'right' },
  { name: 'teraflop/s-days', align: 'right' },
  { name: 'seconds', align: 'right' },
  { name: 'reduction', align: 'right' },
  { name: 'accuracy', align: 'right' },
  { name: '' },
];

/** Paper compute at the crossing of the run that sets the level: what reductions are measured against. */
function anchorCompute(states: readonly RunState[], state: RunState): number | undefined {
  const anchor = states.find(({ run }) => run.id === state.run.anchor);
  return anchor?.result?.crossing?.paperTeraflopSecondDays;
}

function note({ run, result, phase, message }: RunState): string {
  if (!result)
    return phase === 'pending' ? 'not run yet' : `${phase}${message ? `: ${message}` : ''}`;
  if (run.anchor === run.id) return result.crossing ? 'sets the level' : reasonText(result, true);
  if (result.crossing || run.level === null) return '';
  const level = result.level?.value;
  return `${reasonText(result, true)}${level === undefined ? '' : ` (${formatPercent(level)})`}`;
}

function rowOf(states: readonly RunState[], state: RunState): Cell[] {
  const { run, result } = state;
  const name = states.some((s) => s !== state && s.run.name === run.name)
    ? `${run.name}-s${run.seed}`
    : run.name;
  if (!result) return [name, run.published, ...Array<null>(8).fill(null), note(state)];
  const {
    epochs,
    examples,
    macs,
    flops,
    paperTeraflopSecondDays: compute,
  } = result.crossing ?? result.totals;
  const seconds = result.crossing?.trainingSeconds ?? result.totals.seconds.training;
  const anchor = anchorCompute(states, state);
  const reduction =
    result.crossing && anchor ? `${Number((anchor / compute).toPrecision(3))}x` : null;
  const accuracy = result.crossing?.accuracy ?? result.lastAccuracy;
  return [
    name,
    run.published,
    Number(epochs.toPrecision(3)),
    grouped(examples),
    withPrefix(macs),
    withPrefix(flops),
    Number(compute.toPrecision(3)).toString(),
    formatSeconds(seconds),
    reduction,
    accuracy === null ? null : formatPercent(accuracy),
    note(state),
  ];
}

/**
 * What every run needed to its level, oldest network first; for those that did not reach it, all they spent. Reductions
 * compare teraflop/s-days as the paper counts them (3 x forward MACs) with those of the run that set the level.
 */
export function resultsTable(states: readonly RunState[]): string {
  const sorted = [...states].sort((a, b) =>
    a.run.published === b.run.published ? 0 : a.run.published < b.run.published ? -1 : 1,
  );
  return formatTable(
    columns,
    sorted.map((state) => rowOf(states, state)),
  );
}
