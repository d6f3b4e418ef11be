import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';
import { removeCheckpoints } from '../continue-run.ts';
import { savePlan } from '../folder.ts';
import { resultOf } from '../result.ts';
import { type Answer, findMostAccurate, findWinner, halve, type Request } from './halving.ts';
import { toPlannedRun, type Subject } from './subject.ts';
import { toTrialResult, type TrialResult, type TrialState } from './trial.ts';

/** The results of a search for one network so far. */
export interface Outcome {
  readonly subject: Subject;
  /** The accuracy to reach; undefined for a network that sets its own level, or while its anchor has not set it. */
  readonly level: number | undefined;
  readonly states: readonly TrialState[];
  /** The best trial; undefined if none has reached the level (yet). */
  readonly winner: TrialState | undefined;
  /** The trial with the settings for the tuned sweep: the winner, or the trial with the highest accuracy. */
  readonly chosen: TrialState | undefined;
  /** The sum of the epochs that the trials have trained. */
  readonly spentEpochs: number;
  /** Whether all trials have ended. */
  readonly isOver: boolean;
}

export interface SearchJob {
  readonly dir: string;
  readonly store: string;
  /** The plan of the sweep. The search uses its name, its retries and its options of executors. */
  readonly plan: SweepPlan;
  readonly subjects: readonly Subject[];
  readonly seed: number;
  /**
   * Executes the runs of a round. Resolves to the reason of each run that ended without a result, by its id.
   * @throws UserError 75 if a signal stopped it.
   */
  readonly execute: (plan: SweepPlan) => Promise<ReadonlyMap<string, string>>;
  /** Called before each round and at the end. */
  readonly report: (outcomes: readonly Outcome[], next: readonly PlannedRun[], round: number) => void;
}

/** The name of a search for its plan, its jobs and its results. */
export const searchName = ({ name }: SweepPlan): string => `${name}-search`;

/** Reads the results of a search. Measurements never change, so each is read once. */
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

/** Evaluates the trials of one network, as far as there are results. Also returns the runs that are needed next. */
function assess(job: SearchJob, results: Results, subject: Subject, value: number | undefined) {
  const { goal, trials, every, hasEqualEpochs } = subject;
  const runs = new Map<string, PlannedRun>();
  const toRun = (request: Request): PlannedRun => {
    const run = toPlannedRun(subject, request, { seed: job.seed, value });
    runs.set(run.id, run);
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
  const winner = findWinner(states, goal);
  const outcome: Outcome = {
    ...{ subject, states, winner, level: subject.level.value ?? value },
    chosen: winner ?? findMostAccurate(states),
    spentEpochs: states.reduce((sum, { result }) => sum + (result?.epochs ?? 0), 0),
    isOver: requests.length === 0,
  };
  return { outcome, next, runs: [...runs.values()] };
}

type Assessment = ReturnType<typeof assess>;

/** The state of a network that waits for the level of its anchor. */
const waitForAnchor = (subject: Subject): Assessment => ({
  outcome: {
    ...{ subject, level: undefined, winner: undefined, chosen: undefined, spentEpochs: 0, isOver: false },
    states: subject.trials.map((trial) => ({ trial, status: 'waiting', result: null, runs: [] })),
  },
  next: [],
  runs: [],
});

/** Evaluates all networks, each after the network that sets its level. */
function assessAll(job: SearchJob, results: Results): Assessment[] {
  const done = new Map<string, Assessment>();
  const assessOne = (subject: Subject): Assessment => {
    const known = done.get(subject.name);
    if (known) return known;
    const anchorSubject = job.subjects.find(({ name }) => name === subject.anchor);
    const anchor = anchorSubject && assessOne(anchorSubject).outcome;
    const value = anchor?.isOver ? anchor.winner?.result?.lastAccuracy : undefined;
    const assessed = anchor && !value ? waitForAnchor(subject) : assess(job, results, subject, value);
    done.set(subject.name, assessed);
    return assessed;
  };
  return job.subjects.map(assessOne);
}

/** Removes checkpoints that are no longer needed. Keeps those of trials that continue, reached the level or finished. */
function removeOldCheckpoints(dir: string, states: readonly TrialState[]): void {
  for (const { runs, status } of states) {
    const isKept = status === 'training' || status === 'waiting' || status === 'reachedLevel' || status === 'finished';
    for (const id of isKept ? runs.slice(0, -1) : runs) removeCheckpoints(dir, id);
  }
}

/**
 * Searches the settings of every network in rounds. Each round trains the remaining trials one rung further. Only the results
 * decide what comes next. So the same call resumes a search that was killed: no trial is lost, and none is trained twice.
 * @throws UserError 65 for a damaged result, 73 or 74 if files cannot be written, and the errors of `execute`.
 */
export async function search(job: SearchJob): Promise<Outcome[]> {
  const results = new Results(job);
  const { dir, plan } = job;
  for (let round = 1; ; round++) {
    const assessed = assessAll(job, results);
    const next = assessed.flatMap((assessment) => assessment.next);
    for (const { outcome } of assessed) removeOldCheckpoints(dir, outcome.states);
    const outcomes = assessed.map(({ outcome }) => outcome);
    job.report(outcomes, next, round);
    if (next.length === 0) return outcomes;
    const searchPlan: SweepPlan = {
      ...plan,
      name: searchName(plan),
      question: `Which settings let each network reach its level with the least compute? (round ${round})`,
      earlyStop: null,
      runs: assessed.flatMap(({ runs }) => runs),
    };
    savePlan(dir, searchPlan);
    const failures = await job.execute({ ...searchPlan, runs: next });
    for (const [id, why] of failures) results.failures.set(id, why);
  }
}
