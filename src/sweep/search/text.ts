import { formatFlops, formatMetric, formatNumber, formatPercent } from '../../base/text/format.ts';
import { formatTable, type Cell } from '../../base/text/table.ts';
import type { Settings } from './candidates.ts';
import { findEdgeValues } from './edges.ts';
import type { Outcome } from './search.ts';
import type { TrialState } from './trial.ts';

/** The settings of a trial in words: `learningRate 0.1, epochs 8`. */
export const settingsText = (settings: Settings): string =>
  Object.entries(settings)
    .map(([key, value]) => `${key.replace(/^recipe\./, '')} ${value}`)
    .join(', ') || 'as in the recipe';

const statusTexts: Readonly<Record<TrialState['status'], string>> = {
  waiting: 'not trained yet',
  training: 'training',
  reachedLevel: 'reached the level',
  finished: 'finished',
  dropped: 'dropped',
  diverged: 'diverged',
  failed: 'failed',
};

const right = (name: string) => ({ name, align: 'right' }) as const;

function trialRow({ subject }: Outcome, { trial, status, result, why }: TrialState): Cell[] {
  return [
    subject.name,
    trial.number,
    settingsText(trial.settings),
    statusTexts[status],
    result ? result.epochs.toFixed(2) : null,
    result?.crossing ? formatFlops(result.crossing.flops) : null,
    result ? formatPercent(result.bestAccuracy) : null,
    why ?? '',
  ];
}

/** A table of every trial with its result, and why it was dropped. */
export const trialsTable = (outcomes: readonly Outcome[]): string =>
  formatTable(
    [
      { name: 'network' },
      right('trial'),
      { name: 'settings' },
      { name: 'result' },
      right('epochs trained'),
      right('compute to the level'),
      right('best accuracy'),
      { name: 'why dropped' },
    ],
    outcomes.flatMap((outcome) => outcome.states.map((state) => trialRow(outcome, state))),
  );

function outcomeText({ subject, winner, level, chosen, states }: Outcome): string {
  if (subject.goal === 'finalAccuracy')
    return winner?.result
      ? `sets the level: ${formatPercent(winner.result.lastAccuracy)} at its end`
      : 'no trial finished';
  if (level === undefined) return `not searched: ${subject.anchor ?? 'its anchor'} has set no level`;
  if (winner) return 'reached the level';
  if (states.every(({ status }) => status === 'diverged')) return 'never reached the level: all trials diverged';
  const best = chosen?.result ? `: at most ${formatPercent(chosen.result.bestAccuracy)}` : '';
  return `never reached the level${best}`;
}

function outcomeRow(outcome: Outcome): Cell[] {
  const { subject, winner, chosen, states, spentEpochs, level } = outcome;
  const crossing = winner?.result?.crossing;
  return [
    subject.name,
    outcomeText(outcome),
    level === undefined ? null : `${formatMetric(subject.level.metric)} ${formatPercent(level)}`,
    chosen ? settingsText(chosen.trial.settings) : null,
    crossing ? formatFlops(crossing.flops) : null,
    crossing ? crossing.epochs.toFixed(2) : null,
    states.length,
    `${formatNumber(spentEpochs)} of ${formatNumber(subject.budgetEpochs)}`,
  ];
}

/** A table of the best settings of every network. */
export const outcomesTable = (outcomes: readonly Outcome[]): string =>
  formatTable(
    [
      { name: 'network' },
      { name: 'result' },
      { name: 'level' },
      { name: 'settings' },
      right('compute to the level'),
      right('epochs to the level'),
      right('trials'),
      right('epochs spent'),
    ],
    outcomes.map(outcomeRow),
  );

/** The budget of the networks in epochs. If the budgets differ, the comparison is less fair, and the text says so. */
export function budgetNote(outcomes: readonly Outcome[]): string | undefined {
  const budgets = outcomes.map(({ subject }) => subject.budgetEpochs);
  const [min, max] = [Math.min(...budgets), Math.max(...budgets)];
  if (max - min <= 1e-9) return `The trials of each network train at most ${formatNumber(max)} epochs together.`;
  return (
    `The trials of a network train at most ${formatNumber(min)} to ${formatNumber(max)} epochs together: the budgets of the ` +
    'networks differ. For equal budgets, tune the same values for all networks, or add --budget.'
  );
}

/** The best settings of a network, and all that were tried. */
interface TriedSettings {
  readonly network: string;
  readonly best: Settings;
  readonly tried: readonly Settings[];
}

/** The networks whose best value is the smallest or the largest that was tried; undefined if there are none. */
export function edgesText(networks: readonly TriedSettings[]): string | undefined {
  const edges = networks.flatMap(({ network, best, tried }) =>
    findEdgeValues(best, tried).map(
      ({ key, value, edge }) => `${network} (${settingsText({ [key]: value })}, ${edge})`,
    ),
  );
  if (edges.length === 0) return undefined;
  return `best values at the edge of those that were tried: ${edges.join(', ')}. Values beyond the edge may be better`;
}

/** The same for a search, and what to do about it. */
export function edgesNote(outcomes: readonly Outcome[]): string | undefined {
  const text = edgesText(
    outcomes.map(({ subject, chosen, states }) => ({
      network: subject.name,
      best: chosen?.trial.settings ?? {},
      tried: states.map(({ trial }) => trial.settings),
    })),
  );
  return text && `${text}: add some to "tune"`;
}
