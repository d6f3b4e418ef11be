import { formatPercent } from '../../base/format.ts';
import { survivors } from './rungs.ts';
import type { Trial, TrialResult, TrialState } from './trial.ts';

/** What the trials of a network are compared by: compute to its level, or the accuracy at the end for one that sets a level. */
export type Goal = 'computeToLevel' | 'finalAccuracy';

/** A trial that is to be trained up to a number of epochs, from where its last run ended. */
export interface Request {
  readonly trial: Trial;
  readonly untilEpochs: number;
  /** The id of the run that it continues. */
  readonly continues?: string;
}

/** How a requested run ended; undefined while it has no result. */
export type Answer =
  { readonly id: string; readonly result: TrialResult } | { readonly id: string; readonly failed: string };

export interface Halving {
  readonly goal: Goal;
  readonly trials: readonly Trial[];
  /** Epochs between evaluations. */
  readonly every: number;
  /** Whether an epoch of every trial costs the same, so that fewer epochs to the level are less compute. */
  readonly hasEqualEpochs: boolean;
  /** Looks up the run that a request asks for. */
  readonly answer: (request: Request) => Answer | undefined;
}

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

/** Less compute to the level first; of equal ones the higher accuracy there, then the order of the settings. */
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
 * Successive halving (Jamieson & Talwalkar 2016, arXiv 1502.07943) of one network's trials, as far as the results reach. Trials with
 * schedules of one length are compared with each other only, at the same epoch, so that a schedule that anneals early has
 * no advantage. The rungs of all lengths are taken in the order of their epochs. Once a trial has reached the level, the others
 * are trained only as long as they can still need less.
 *
 * The same results always give the same decisions, so a search that was killed resumes by looking at its results again.
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
    for (const group of groupsOf(stage)) dropHalf(group, states);
  }
}

const nextRung = ({ trial, rung }: Mutable): number => trial.rungs[rung]!;

/** The cheapest trial at the level so far. */
const cheapest = (states: readonly Mutable[]): Mutable | undefined =>
  states.filter(({ status }) => status === 'reachedLevel').sort(byCompute)[0];

/** A batch may cross an evaluation's epoch: up to this part of the interval, a crossing counts as at that epoch. */
const BATCH_PART = 0.05;

/** The last evaluation at which a trial would be cheaper than one that reached the level at an epoch. */
function lastCheaper(crossingEpochs: number, every: number): number {
  const intervals = crossingEpochs / every;
  const whole = Math.floor(intervals + 1e-6);
  return (intervals - whole < BATCH_PART ? whole - 1 : whole) * every;
}

/** Undefined, with the reason in the state, where the trial can no longer need less than another. */
function requestFor(
  state: Mutable,
  target: number,
  states: readonly Mutable[],
  { every, hasEqualEpochs }: Halving,
): Request | undefined {
  const best = hasEqualEpochs ? cheapest(states) : undefined;
  const crossing = best?.result?.crossing?.epochs;
  const untilEpochs = crossing === undefined ? target : Math.min(target, lastCheaper(crossing, every));
  if (crossing !== undefined && untilEpochs <= (state.result?.epochs ?? 0) + 1e-6) {
    state.status = 'dropped';
    state.why = `cannot need less than trial ${best!.trial.number}, at the level after ${epochsText(crossing)}`;
    return undefined;
  }
  const continues = state.runs.at(-1);
  return { trial: state.trial, untilEpochs, ...(continues !== undefined && { continues }) };
}

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
    state.why = `the budget of the run is spent at ${formatPercent(result.bestAccuracy)}`;
  } else if (request.untilEpochs >= state.trial.epochs - 1e-9) {
    state.status = goal === 'finalAccuracy' ? 'finished' : 'dropped';
    if (goal === 'computeToLevel')
      state.why = `its schedule ended at ${formatPercent(result.lastAccuracy)}, below the level`;
  } else if (request.untilEpochs < nextRung(state) - 1e-9) {
    state.status = 'dropped';
    state.why = 'had not reached the level when another trial had';
  } else state.rung += 1;
}

/** Trials with schedules of one length. */
function groupsOf(stage: readonly Mutable[]): Mutable[][] {
  const lengths = [...new Set(stage.map(({ trial }) => trial.epochs))];
  return lengths.map((epochs) => stage.filter(({ trial }) => trial.epochs === epochs));
}

/** Keeps the better half of a group beyond a rung. */
function dropHalf(group: readonly Mutable[], states: readonly Mutable[]): void {
  const open = group.filter(isOpen).sort(byBestAccuracy);
  const [first] = open;
  if (first === undefined) return;
  const members = states.filter(({ trial }) => trial.epochs === first.trial.epochs).length;
  const kept = survivors(members, first.rung - 1);
  const worst = open[kept - 1]?.result?.bestAccuracy;
  for (const state of open.slice(kept)) {
    state.status = 'dropped';
    state.why =
      `${formatPercent(state.result!.bestAccuracy)} after ${epochsText(state.result!.epochs)}, ` +
      `the best ${kept} of ${members} with this schedule have at least ${formatPercent(worst ?? 0)}`;
  }
}

/** The trial with the best outcome; undefined where none reached the level, or none finished. */
export function winnerOf(states: readonly TrialState[], goal: Goal): TrialState | undefined {
  const all = states as readonly Mutable[];
  return goal === 'computeToLevel'
    ? cheapest(all)
    : all.filter(({ status }) => status === 'finished').sort(byFinalAccuracy)[0];
}

/** The trial with the highest accuracy, for a network that never reached its level; undefined without any result. */
export const mostAccurate = (states: readonly TrialState[]): TrialState | undefined =>
  (states as readonly Mutable[]).filter(({ result }) => result !== null).sort(byBestAccuracy)[0];
