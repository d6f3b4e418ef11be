import { configError, messageOf, UserError } from '../../base/errors.ts';
import { formatNumber } from '../../base/text/format.ts';
import type { Level } from '../../config/level.ts';
import type { RunConfig } from '../../config/run.ts';
import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';
import { configDigest, type DraftRun } from '../planning/anchors.ts';
import { countSettings, DEFAULT_TRIALS, drawSettings, type Settings } from './candidates.ts';
import type { Goal, Request } from './halving.ts';
import { halvingEpochs, planRungs } from './rungs.ts';
import type { Trial } from './trial.ts';

/** A run of a sweep for which settings are searched. All of its seeds share the settings. */
export interface Subject {
  readonly name: string;
  readonly network: string;
  readonly published: string;
  /** The name of the subject that sets its level with its best trial; null if the level has a value, or if it sets its own. */
  readonly anchor: string | null;
  readonly goal: Goal;
  readonly level: Level;
  readonly trials: readonly Trial[];
  readonly configs: ReadonlyMap<Trial, RunConfig>;
  /** Epochs between evaluations. */
  readonly every: number;
  /** Whether every epoch costs the same. False if the image size changes during a run. */
  readonly hasEqualEpochs: boolean;
  readonly trainExamples: number;
  /** The maximum number of epochs that its trials train together. */
  readonly budgetEpochs: number;
}

export interface SubjectOptions {
  /** Trials per network; default: every combination, or twelve with a range. */
  readonly trials?: number | undefined;
  /** The maximum number of epochs that all trials of one network train together; default: no limit. */
  readonly budget?: number | undefined;
  /** Returns the number of training images of a dataset. */
  readonly trainExamples: (data: RunConfig['data']) => number;
}

const epochsBetweenEvaluations = ({ evaluateEvery }: RunConfig, trainExamples: number): number =>
  'epochs' in evaluateEvery ? evaluateEvery.epochs : evaluateEvery.examples / trainExamples;

/** Settings to try, and the config with them. */
interface Candidate {
  readonly settings: Settings;
  readonly config: RunConfig;
}

/** Creates trials with their rungs, which depend on the length of the schedule. `budget`: the maximum number of epochs of all trials. */
function toTrials(all: readonly Candidate[], every: number) {
  const sizes = new Map<number, number>();
  for (const { config } of all) sizes.set(config.recipe.epochs, (sizes.get(config.recipe.epochs) ?? 0) + 1);
  const rungsOf = new Map<string, number[]>();
  const trials = all.map(({ settings, config: { recipe } }, i): Trial => {
    const { epochs, warmupEpochs } = recipe;
    const key = `${epochs} ${warmupEpochs}`;
    const rungs = rungsOf.get(key) ?? planRungs({ epochs, every, warmupEpochs }, sizes.get(epochs)!);
    rungsOf.set(key, rungs);
    return { number: i + 1, settings, epochs, rungs };
  });
  const lengths = [...new Map(trials.map(({ epochs, rungs }) => [epochs, rungs]))];
  const budget = lengths.reduce((sum, [epochs, rungs]) => sum + halvingEpochs(rungs, sizes.get(epochs)!), 0);
  return { trials, budget };
}

/** The most trials of one network: more would take minutes to plan and months to train. */
const MAX_TRIALS = 1000;

/** The number of trials without a budget. @throws UserError 78 for more combinations than a search can try. */
function largestCount({ tune = {}, name }: DraftRun, maxTrials: number | undefined): number {
  const all = countSettings(tune);
  const count = Math.min(maxTrials ?? (Number.isFinite(all) ? all : DEFAULT_TRIALS), all);
  if (count <= MAX_TRIALS) return count;
  throw configError(
    `${name} has ${count} combinations of the values to tune, expected at most ${MAX_TRIALS}: shorten the lists, or add --trials with the number to try`,
  );
}

/** Returns the first `count` candidates of a run. Each config is checked once. */
function candidatesOf(draft: DraftRun, largest: number): (count: number) => Candidate[] {
  const tune = draft.tune ?? {};
  const known = new Map<string, Candidate>();
  const toCandidate = (settings: Settings): Candidate => {
    const key = JSON.stringify(settings);
    const candidate = known.get(key) ?? { settings, config: draft.configure(settings) };
    known.set(key, candidate);
    return candidate;
  };
  // All combinations have another order than a part of them; every smaller number is the start of the same list.
  let part: Settings[] | undefined;
  return (count) => {
    if (count === largest) return drawSettings(tune, count).map(toCandidate);
    part ??= drawSettings(tune, largest - 1);
    return part.slice(0, count).map(toCandidate);
  };
}

/** Creates as many trials as the budget allows. @throws UserError 78 if it does not allow one trial. */
function fitTrials(draft: DraftRun, { trials: maxTrials, budget, trainExamples: countExamples }: SubjectOptions) {
  const trainExamples = countExamples(draft.config.data);
  const every = epochsBetweenEvaluations(draft.config, trainExamples);
  const largest = largestCount(draft, maxTrials);
  const first = candidatesOf(draft, largest);
  for (let count = largest; count >= 1; count--) {
    const candidates = first(count);
    const planned = toTrials(candidates, every);
    if (budget !== undefined && planned.budget > budget + 1e-9) continue;
    const byTrial = new Map(planned.trials.map((trial, i) => [trial, candidates[i]!.config]));
    return {
      trials: planned.trials,
      configs: byTrial,
      every,
      hasEqualEpochs: draft.config.recipe.progressiveResizing === undefined,
      trainExamples,
      budgetEpochs: planned.budget,
    };
  }
  const needed = first(1)[0]!.config.recipe.epochs;
  throw configError(
    `--budget is ${budget}, expected at least ${formatNumber(needed)}, the epochs of one trial of ${draft.name}: raise it, or tune with fewer epochs`,
  );
}

/** The name of each run's anchor, by the name of the run. */
function anchorNames(plan: SweepPlan): Map<string, string> {
  const byId = new Map(plan.runs.map((run) => [run.id, run.name]));
  return new Map(
    plan.runs.flatMap(({ name, anchor }) => (anchor === null ? [] : [[name, byId.get(anchor)!] as const])),
  );
}

/**
 * The subjects of a search: one for each run of a sweep, anchors first.
 * @throws UserError 78 for a run without a level, invalid settings, or a budget that is too small.
 */
export function toSubjects(plan: SweepPlan, drafts: readonly DraftRun[], options: SubjectOptions): Subject[] {
  const names = [...new Set(plan.runs.map(({ name }) => name))];
  const anchors = anchorNames(plan);
  const setters = new Set(anchors.values());
  return names.map((name) => {
    const draft = drafts.find((candidate) => candidate.name === name)!;
    const { level } = draft.config;
    if (level === null)
      throw configError(
        `${name} has no level: a search needs the accuracy to reach, such as level: { metric: top1, value: 0.9 }`,
      );
    const anchor = anchors.get(name) ?? null;
    if (anchor !== null) refuseOtherMetric(name, level, anchor, drafts);
    return {
      ...{ name, network: draft.config.network.name, published: draft.published, level },
      anchor: anchor === name ? null : anchor,
      goal: setters.has(name) ? 'finalAccuracy' : 'computeToLevel',
      ...withName(name, () => fitTrials(draft, options)),
    };
  });
}

/** @throws UserError 78 if a run waits for an accuracy for which its anchor is not tuned. */
function refuseOtherMetric(name: string, { metric }: Level, anchor: string, drafts: readonly DraftRun[]): void {
  const tuned = drafts.find((draft) => draft.name === anchor)?.config.level?.metric;
  if (tuned === undefined || tuned === metric) return;
  throw configError(
    `${name} waits for the ${metric} of ${anchor}, which a search tunes for its own level in ${tuned}: use one metric for both`,
  );
}

function withName<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw configError(`${name}: ${messageOf(error)}`);
    if (error instanceof UserError && !error.message.includes(name))
      throw new UserError(`${name}: ${error.message}`, error.exitCode, { cause: error });
    throw error;
  }
}

/** The level of a trial as a value, so that the trial does not wait for an anchor; null for a trial of an anchor. */
function levelOfTrial({ goal, level }: Subject, value: number | undefined): Level | null {
  if (goal === 'finalAccuracy') return null;
  const { metric, rule } = level;
  return { metric, rule, value: level.value ?? value };
}

/**
 * The run that executes a request. Its config is that of the run in the sweep, with the settings of the trial, the seed of the
 * search, and a budget that ends it at the rung.
 * @param value the value of the level, if the trials of an anchor have set it.
 */
export function toPlannedRun(
  subject: Subject,
  { trial, untilEpochs, continues }: Request,
  { seed, value }: { readonly seed: number; readonly value: number | undefined },
): PlannedRun {
  const trialConfig = subject.configs.get(trial)!;
  const level = levelOfTrial(subject, value);
  const isWhole = untilEpochs >= trial.epochs - 1e-9;
  const examples = Math.min(
    trialConfig.budget.examples ?? Infinity,
    Math.ceil(untilEpochs * subject.trainExamples - 1e-6),
  );
  const config: RunConfig = {
    ...trialConfig,
    seed,
    level,
    stopAt: subject.goal === 'finalAccuracy' ? 'end' : 'level',
    budget: isWhole ? trialConfig.budget : { ...trialConfig.budget, examples },
  };
  return {
    id: `${subject.name}-${configDigest(config)}`,
    name: `${subject.name}-t${trial.number}`,
    network: subject.network,
    published: subject.published,
    ...{ seed, level, anchor: null, config },
    ...(continues !== undefined && { continues }),
  };
}
