import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';
import { removeCheckpoints } from '../continue-run.ts';
import { savePlan } from '../folder.ts';
import { resultOf } from '../result.ts';
import { type Answer, halve, mostAccurate, type Request, winnerOf } from './halving.ts';
import { toPlannedRun, type Subject } from './subject.ts';
import { toTrialResult, type TrialResult, type TrialState } from './trial.ts';

/** What a search has found out about one network so far. */
export interface Outcome {
  readonly subject: Subject;
  /** The accuracy to reach; undefined for a network that sets its own, or while its anchor has not set it. */
  readonly level: number | undefined;
  readonly states: readonly TrialState[];
  /** The trial with the best outcome; undefined where none reached the level (yet). */
  readonly winner: TrialState | undefined;
  /** The settings to go on with: the winner's, else those with the highest accuracy. */
  readonly chosen: TrialState | undefined;
  /** Epochs of its own training that its trials have spent. */
  readonly spentEpochs: number;
  /** Whether nothing is left to train. */
  readonly isOver: boolean;
}

export interface SearchJob {
  readonly dir: string;
  readonly store: string;
  /** The sweep's plan: the search takes its name, its retries and its executors' options. */
  readonly plan: SweepPlan;
  readonly subjects: readonly Subject[];
  readonly seed: number;
  /**
   * Carries out the runs of a round. Resolves to the reason of each run that ended without a result.
   * @throws UserError 75 where a signal stopped it.
   */
  readonly carryOut: (plan: SweepPlan) => Promise<ReadonlyMap<string, string>>;
  /** Called before each round and at the end. */
  readonly report: (outcomes: readonly Outcome[], next: readonly PlannedRun[], round: number) => void;
}

/** The name of a search in its folder: its plan, its jobs and its store. */
export const searchName = ({ name }: SweepPlan): string => `${name}-search`;

/** Looks at all results of a search; finished measurements never change, so each is read once. */
class Results {
  readonly failures = new Map<string, string>();
  readonly #known = new Map<string, TrialResult>();
  readonly #job: SearchJob;

  constructor(job: SearchJob) {
    this.#job = job;
  }

  answer(subject: Subject, run: PlannedRun): Answer | undefined {
    const { id } = run;
    const known = this.#known.get(id) ?? this.#read(subject, run);
    if (known !== undefined) {
      this.#known.set(id, known);
      return { id, result: known };
    }
    const failed = this.failures.get(id);
    return failed === undefined ? undefined : { id, failed };
  }

  #read({ level }: Subject, run: PlannedRun): TrialResult | undefined {
    const { dir, store, plan } = this.#job;
    const measurement = resultOf({ dir, store, plan: { ...plan, name: searchName(plan) } }, run);
    return measurement && toTrialResult(measurement, level.metric);
  }
}

/** One network as far as the results reach, and the runs that it needs next. */
function assess(job: SearchJob, results: Results, subject: Subject, value: number | undefined) {
  const { goal, trials, every, hasEqualEpochs } = subject;
  const asked = new Map<string, PlannedRun>();
  const toRun = (request: Request): PlannedRun => {
    const run = toPlannedRun(subject, request, { seed: job.seed, value });
    asked.set(run.id, run);
    return run;
  };
  const { states, requests } = halve({
    goal,
    trials,
    every,
    hasEqualEpochs,
    answer: (request) => results.answer(subject, toRun(request)),
  });
  const next = requests.map(toRun);
  const winner = winnerOf(states, goal);
  const outcome: Outcome = {
    ...{ subject, states, winner, level: subject.level.value ?? value },
    chosen: winner ?? mostAccurate(states),
    spentEpochs: states.reduce((sum, { result }) => sum + (result?.epochs ?? 0), 0),
    isOver: requests.length === 0,
  };
  return { outcome, next, asked: [...asked.values()] };
}

type Assessment = ReturnType<typeof assess>;

const waiting = (subject: Subject): Assessment => ({
  outcome: {
    ...{ subject, level: undefined, winner: undefined, chosen: undefined, spentEpochs: 0, isOver: false },
    states: subject.trials.map((trial) => ({ trial, status: 'waiting', result: null, runs: [] })),
  },
  next: [],
  asked: [],
});

/** All networks, each after the one that sets its level. */
function assessAll(job: SearchJob, results: Results): Assessment[] {
  const done = new Map<string, Assessment>();
  const assessOne = (subject: Subject): Assessment => {
    const known = done.get(subject.name);
    if (known) return known;
    const setter = job.subjects.find(({ name }) => name === subject.anchor);
    const anchor = setter && assessOne(setter).outcome;
    const value = anchor?.isOver ? anchor.winner?.result?.lastAccuracy : undefined;
    const assessed = anchor && !value ? waiting(subject) : assess(job, results, subject, value);
    done.set(subject.name, assessed);
    return assessed;
  };
  return job.subjects.map(assessOne);
}

/** Checkpoints are kept of runs that go on, and of those at their level. */
function tidy(dir: string, states: readonly TrialState[]): void {
  for (const { runs, status } of states) {
    const isKept = status === 'training' || status === 'waiting' || status === 'reachedLevel' || status === 'finished';
    for (const id of isKept ? runs.slice(0, -1) : runs) removeCheckpoints(dir, id);
  }
}

/**
 * Searches the settings of every network, round by round: each round trains the trials that are left one rung further.
 * Nothing but the results decides what comes next, so the same call resumes a search that was killed, with no trial lost
 * and none trained twice.
 * @throws UserError 65 for a damaged result, 73 or 74 where files cannot be written, and what `carryOut` throws.
 */
export async function search(job: SearchJob): Promise<Outcome[]> {
  const results = new Results(job);
  const { dir, plan } = job;
  for (let round = 1; ; round++) {
    const assessed = assessAll(job, results);
    const next = assessed.flatMap((one) => one.next);
    for (const { outcome } of assessed) tidy(dir, outcome.states);
    const outcomes = assessed.map(({ outcome }) => outcome);
    job.report(outcomes, next, round);
    if (next.length === 0) return outcomes;
    const whole: SweepPlan = {
      ...plan,
      name: searchName(plan),
      question: `Which settings let each network reach its level with the least compute? (round ${round})`,
      earlyStop: null,
      runs: assessed.flatMap(({ asked }) => asked),
    };
    savePlan(dir, whole);
    const failures = await job.carryOut({ ...whole, runs: next });
    for (const [id, why] of failures) results.failures.set(id, why);
  }
}
