import { formatPercent } from '../../base/text/format.ts';
import { countSurvivors } from './rungs.ts';
import type { Trial, TrialResult, TrialState } from './trial.ts';

/** How the trials of a network are compared: by their compute to the level, or by their final accuracy if they set a level. */
export type Goal = 'computeToLevel' | 'finalAccuracy';

/** A request to train a trial up to a number of epochs, from where its last run ended. */
export interface Request {
  readonly trial: Trial;
  readonly untilEpochs: number;
  /** The id of the run that the new run continues. */
  readonly continues?: string;
}

/** How a requested run ended: with a result, or with the reason of its failure. */
export type Answer =
  { readonly id: string; readonly result: TrialResult } | { readonly id: string; readonly failed: string };

export interface Halving {
  readonly goal: Goal;
  readonly trials: readonly Trial[];
  /** Epochs between evaluations. */
  readonly every: number;
  /** Whether an epoch costs the same in every trial. Then fewer epochs to the level are less compute. */
  readonly hasEqualEpochs: boolean;
  /** Looks up the run of a request; undefined while it has not ended. */
  readonly answer: (request: Request) => Answer | undefined;
}

/** The state of a trial while the decisions are computed. */
interface Mutable {
  readonly trial: Trial;
  status: TrialState['status'];
  result: TrialResult | null;
  why?: string;
  runs: string[];
  rung: number;
}

const isOpen = ({ status }: Mutable): boolean => status === 'waiting' || status === 'training';

const epochsText = (epochs: number): string => `${Number(epochs.toFixed(2))} epochs`;

/** Sorts by compute to the level, then by the accuracy there (higher first), then by the number of the trial. */
const byCompute = (a: Mutable, b: Mutable): number =>
  a.result!.crossing!.flops - b.result!.crossing!.flops ||
  b.result!.crossing!.accuracy - a.result!.crossing!.accuracy ||
  a.trial.number - b.trial.number;

const byBestAccuracy = (a: Mutable, b: Mutable): number =>
  b.result!.bestAccuracy - a.result!.bestAccuracy || a.trial.number - b.trial.number;

const byFinalAccuracy = (a: Mutable, b: Mutable): number =>
  b.result!.lastAccuracy - a.result!.lastAccuracy ||
  a.result!.flops - b.result!.flops ||
  a.trial.number - b.trial.number;

/**
 * Applies successive halving (Jamieson & Talwalkar 2016, arXiv 1502.07943) to the trials of one network, as far as there are
 * results. Returns the states of the trials and the requests for the runs that are needed next.
 *
 * A trial is compared only with trials whose schedule has the same length, at the same epoch. So a schedule that anneals early has
 * no advantage. The rungs of all lengths come in the order of their epochs. As soon as a trial has reached the level, the others
 * are trained only as long as they can still need less compute.
 *
 * The same results always give the same decisions. So a search that was killed resumes by reading its results again.
 */
export function halve(halving: Halving): { states: TrialState[]; requests: Request[] } {
  const states = halving.trials.map((trial): Mutable => {
    return { trial, status: 'waiting', result: null, runs: [], rung: 0 };
  });
  for (;;) {
    const open = states.filter(isOpen);
    const target = Math.min(...open.map(nextRung));
    if (open.length === 0) return { states, requests: [] };
    const stage = open.filter((state) => nextRung(state) === target);
    const requests = stage.flatMap((state) => requestFor(state, target, states, halving) ?? []);
    const answers = requests.map((request) => ({ request, answer: halving.answer(request) }));
    const missing = answers.filter(({ answer }) => answer === undefined).map(({ request }) => request);
    if (missing.length > 0) {
      for (const { trial } of missing) states.find((state) => state.trial === trial)!.status = 'training';
      return { states, requests: missing };
    }
    for (const { request, answer } of answers)
      record(
        states.find(({ trial }) => trial === request.trial)!,
        request,
        answer!,
        halving.goal,
      );
    for (const group of groupByLength(stage)) dropHalf(group, states);
  }
}

const nextRung = ({ trial, rung }: Mutable): number => trial.rungs[rung]!;

/** The cheapest trial that has reached the level so far. */
const findCheapest = (states: readonly Mutable[]): Mutable | undefined =>
  states.filter(({ status }) => status === 'reachedLevel').sort(byCompute)[0];

/** An evaluation follows a whole batch, so it may come a little after its epoch: at most this fraction of the interval. */
const MAX_EVALUATION_DELAY = 0.05;

/** The epoch of the last evaluation at which a trial would be cheaper than a trial that reached the level at `crossingEpochs`. */
function lastCheaperEpoch(crossingEpochs: number, every: number): number {
  const intervals = crossingEpochs / every;
  const whole = Math.floor(intervals + 1e-6);
  return (intervals - whole < MAX_EVALUATION_DELAY ? whole - 1 : whole) * every;
}

/** The request for the next run of a trial. If the trial can no longer be the cheapest, drops it and returns undefined. */
function requestFor(
  state: Mutable,
  target: number,
  states: readonly Mutable[],
  { every, hasEqualEpochs }: Halving,
): Request | undefined {
  const best = hasEqualEpochs ? findCheapest(states) : undefined;
  const crossing = best?.result?.crossing?.epochs;
  const untilEpochs = crossing === undefined ? target : Math.min(target, lastCheaperEpoch(crossing, every));
  if (crossing !== undefined && untilEpochs <= (state.result?.epochs ?? 0) + 1e-6) {
    state.status = 'dropped';
    state.why = `cannot be cheaper than trial ${best!.trial.number}, which reached the level after ${epochsText(crossing)}`;
    return undefined;
  }
  const continues = state.runs.at(-1);
  return { trial: state.trial, untilEpochs, ...(continues !== undefined && { continues }) };
}

/** Updates a trial with the answer to a request. */
function record(state: Mutable, request: Request, answer: Answer, goal: Goal): void {
  state.runs = [...state.runs, answer.id];
  if ('failed' in answer) {
    state.status = 'failed';
    state.why = answer.failed;
    return;
  }
  const { result } = answer;
  state.result = result;
  state.status = 'training';
  if (result.status === 'diverged') {
    state.status = 'diverged';
    state.why = 'diverged';
  } else if (goal === 'computeToLevel' && result.crossing !== null) state.status = 'reachedLevel';
  else if (result.status === 'outOfBudget' && result.epochs < request.untilEpochs - 1e-6) {
    state.status = 'dropped';
    state.why = `the budget of the run was used up at ${formatPercent(result.bestAccuracy)}`;
  } else if (request.untilEpochs >= state.trial.epochs - 1e-9) {
    state.status = goal === 'finalAccuracy' ? 'finished' : 'dropped';
    if (goal === 'computeToLevel')
      state.why = `its schedule ended at ${formatPercent(result.lastAccuracy)}, below the level`;
  } else if (request.untilEpochs < nextRung(state) - 1e-9) {
    state.status = 'dropped';
    state.why = 'had not reached the level when another trial reached it';
  } else state.rung += 1;
}

/** Groups trials by the length of their schedules. */
function groupByLength(stage: readonly Mutable[]): Mutable[][] {
  const lengths = [...new Set(stage.map(({ trial }) => trial.epochs))];
  return lengths.map((epochs) => stage.filter(({ trial }) => trial.epochs === epochs));
}

/** Drops the worse half of a group at a rung. */
function dropHalf(group: readonly Mutable[], states: readonly Mutable[]): void {
  const open = group.filter(isOpen).sort(byBestAccuracy);
  const [first] = open;
  if (first === undefined) return;
  const members = states.filter(({ trial }) => trial.epochs === first.trial.epochs).length;
  const kept = countSurvivors(members, first.rung - 1);
  const worst = open[kept - 1]?.result?.bestAccuracy;
  for (const state of open.slice(kept)) {
    state.status = 'dropped';
    state.why =
      `${formatPercent(state.result!.bestAccuracy)} after ${epochsText(state.result!.epochs)}, ` +
      `while the best ${kept} of ${members} trials with this schedule have at least ${formatPercent(worst ?? 0)}`;
  }
}

/** The best trial; undefined if none reached the level (or none finished, for the goal `finalAccuracy`). */
export function findWinner(states: readonly TrialState[], goal: Goal): TrialState | undefined {
  const all = states as readonly Mutable[];
  return goal === 'computeToLevel'
    ? findCheapest(all)
    : all.filter(({ status }) => status === 'finished').sort(byFinalAccuracy)[0];
}

/**
 * The trial with the highest accuracy, for a network that never reached its level; undefined without a result. A trial that diverged
 * is never chosen: its settings would diverge again.
 */
export const findMostAccurate = (states: readonly TrialState[]): TrialState | undefined =>
  (states as readonly Mutable[])
    .filter(({ result, status }) => result !== null && status !== 'diverged')
    .sort(byBestAccuracy)[0];
