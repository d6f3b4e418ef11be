import { configError, messageOf, UserError } from '../../base/errors.ts';
import { formatNumber } from '../../base/format.ts';
import type { Level } from '../../config/level.ts';
import type { RunConfig } from '../../config/run.ts';
import type { PlannedRun, SweepPlan } from '../../results/sweep-plan.ts';
import { configDigest, type DraftRun } from '../planning/anchors.ts';
import { countSettings, drawSettings, type Settings, TRIALS_OF_RANGES } from './candidates.ts';
import type { Goal, Request } from './halving.ts';
import { halvingEpochs, rungsOf } from './rungs.ts';
import type { Trial } from './trial.ts';

/** A run of a sweep for which settings are searched. Its seeds share the settings. */
export interface Subject {
  readonly name: string;
  readonly network: string;
  readonly published: string;
  /** The subject that sets its level with its best trial; null where the level has a value or where it is this one. */
  readonly anchor: string | null;
  readonly goal: Goal;
  readonly level: Level;
  readonly trials: readonly Trial[];
  readonly configs: ReadonlyMap<Trial, RunConfig>;
  /** Epochs between evaluations. */
  readonly every: number;
  /** False where the image size changes during a run: then longer schedules have cheaper epochs. */
  readonly hasEqualEpochs: boolean;
  readonly trainExamples: number;
  /** The epochs of its own training that its trials take at most. */
  readonly budgetEpochs: number;
}

export interface SubjectOptions {
  /** Trials per network; by default every combination, or twelve with a range. */
  readonly trials?: number | undefined;
  /** Epochs of its own training that each network may spend; by default what its trials take at most. */
  readonly budget?: number | undefined;
  /** How many training images a dataset has. */
  readonly trainExamples: (data: RunConfig['data']) => number;
}

const everyOf = ({ evaluateEvery }: RunConfig, trainExamples: number): number =>
  'epochs' in evaluateEvery ? evaluateEvery.epochs : evaluateEvery.examples / trainExamples;

/** Groups by the length of the schedule; each has its own rungs. */
function toTrials(all: readonly { settings: Settings; config: RunConfig }[], every: number) {
  const members = (epochs: number): number => all.filter(({ config }) => config.recipe.epochs === epochs).length;
  const trials = all.map(({ settings, config: { recipe } }, i): Trial => {
    const { epochs, warmupEpochs } = recipe;
    return {
      number: i + 1,
      settings,
      epochs,
      rungs: rungsOf({ epochs, every, warmupEpochs }, members(epochs)),
    };
  });
  const lengths = [...new Map(trials.map(({ epochs, rungs }) => [epochs, rungs]))];
  const budget = lengths.reduce((sum, [epochs, rungs]) => sum + halvingEpochs(rungs, members(epochs)), 0);
  return { trials, budget };
}

/** The most trials that fit a budget, and never fewer than one. @throws UserError 78 where not even one fits. */
function fitTrials(draft: DraftRun, { trials: wanted, budget, trainExamples: sizeOf }: SubjectOptions) {
  const tune = draft.tune ?? {};
  const trainExamples = sizeOf(draft.config.data);
  const every = everyOf(draft.config, trainExamples);
  const all = countSettings(tune);
  const largest = Math.min(wanted ?? (Number.isFinite(all) ? all : TRIALS_OF_RANGES), all);
  for (let count = largest; count >= 1; count--) {
    const configs = drawSettings(tune, count).map((settings) => ({ settings, config: draft.configure(settings) }));
    const planned = toTrials(configs, every);
    if (budget !== undefined && planned.budget > budget + 1e-9) continue;
    const byTrial = new Map(planned.trials.map((trial, i) => [trial, configs[i]!.config]));
    return {
      trials: planned.trials,
      configs: byTrial,
      every,
      hasEqualEpochs: draft.config.recipe.progressiveResizing === undefined,
      trainExamples,
      budgetEpochs: planned.budget,
    };
  }
  const one = draft.configure(drawSettings(tune, 1)[0] ?? {}).recipe.epochs;
  throw configError(
    `--budget is ${budget}, expected at least ${formatNumber(one)}, the epochs of one trial of ${draft.name}: raise it or tune fewer epochs`,
  );
}

/** The names of the runs that set levels of others, or their own. */
function anchorNames(plan: SweepPlan): Map<string, string> {
  const byId = new Map(plan.runs.map((run) => [run.id, run.name]));
  return new Map(
    plan.runs.flatMap(({ name, anchor }) => (anchor === null ? [] : [[name, byId.get(anchor)!] as const])),
  );
}

/**
 * What is searched for each run of a sweep, anchors first.
 * @throws UserError 78 for a run without a level, settings that do not hold, or a budget that is too small.
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
    return {
      ...{ name, network: draft.config.network.name, published: draft.published, level },
      anchor: anchor === name ? null : anchor,
      goal: setters.has(name) ? 'finalAccuracy' : 'computeToLevel',
      ...withName(name, () => fitTrials(draft, options)),
    };
  });
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

/** The level of a trial: a value, so that no anchor is waited for; none for a run that sets one. */
function levelOfTrial({ goal, level }: Subject, value: number | undefined): Level | null {
  if (goal === 'finalAccuracy') return null;
  const { metric, rule } = level;
  return { metric, rule, value: level.value ?? value };
}

/**
 * The run that carries out a request. Its config is that of the network's run in the sweep, with the settings and the seed
 * of the search and a budget that ends it at the rung.
 * @param value of the level, where an anchor's trials have set it.
 */
export function toPlannedRun(
  subject: Subject,
  { trial, untilEpochs, continues }: Request,
  { seed, value }: { readonly seed: number; readonly value: number | undefined },
): PlannedRun {
  const given = subject.configs.get(trial)!;
  const level = levelOfTrial(subject, value);
  const isWhole = untilEpochs >= trial.epochs - 1e-9;
  const examples = Math.min(given.budget.examples ?? Infinity, Math.ceil(untilEpochs * subject.trainExamples - 1e-6));
  const config: RunConfig = {
    ...given,
    seed,
    level,
    stopAt: subject.goal === 'finalAccuracy' ? 'end' : 'level',
    budget: isWhole ? given.budget : { ...given.budget, examples },
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
