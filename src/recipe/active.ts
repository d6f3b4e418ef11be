import type { z } from 'zod';
import type { Method, MethodDefinition, RecipeView, RunLength, Stage } from './method.ts';
import type { Optimizer, OptimizerDefinition } from './optimizer.ts';
import * as optimizers from './optimizers/registry.ts';
import { methods } from './ordered-methods.ts';
import type { Clock, ScheduleDefinition } from './schedule.ts';
import * as schedules from './schedules/registry.ts';
import type { Schedule, Switches } from './schemas.ts';

type AnyMethod = MethodDefinition<z.ZodType>;
type AnyOptimizer = OptimizerDefinition<z.ZodObject>;
type AnySchedule = ScheduleDefinition<z.ZodObject>;

const definitions = Object.entries(methods) as unknown as [keyof typeof methods, AnyMethod][];

/** The methods that a recipe switches on, in the order in which they are applied. */
export const activeMethods = (recipe: Switches): Method[] =>
  definitions.flatMap(([key, { create }]) => create(recipe[key], recipe as Partial<RecipeView>) ?? []);

/** Creates the optimizer of a recipe. */
export const createOptimizer = (config: Switches['optimizer']): Optimizer =>
  (optimizers[config.name] as unknown as AnyOptimizer).create(config);

/** The factor by which a recipe's schedule multiplies the learning rate. */
export const scheduleFactor = (config: Schedule, clock: Clock): number =>
  (schedules[config.name] as unknown as AnySchedule).factor(config, clock);

/** The properties of a recipe's schedule besides its formula. */
export const scheduleTraits = ({ name }: Pick<Schedule, 'name'>): Pick<AnySchedule, 'warmsUp' | 'ignoresLength'> =>
  schedules[name];

/** Whether a run keeps and evaluates averaged weights besides the trained ones. */
export const keepsAverage = (recipe: Switches): boolean =>
  [createOptimizer(recipe.optimizer), ...activeMethods(recipe)].some((method) => method.keepsAverage === true);

/** Whether the steps of a run depend on its length, so that a run with more epochs would train differently from the start. */
export const dependsOnLength = (recipe: Switches & { readonly schedule: Schedule }): boolean =>
  scheduleTraits(recipe.schedule).ignoresLength !== true ||
  activeMethods(recipe).some((method) => method.dependsOnLength === true);

/** The keys of a recipe that decide how long a run must be. */
interface Lengths {
  readonly schedule: Schedule;
  readonly warmupEpochs: number;
  readonly scheduleAfterWarmup: boolean;
}

/** The epoch of the schedule's last change, if it is fixed; otherwise 0. */
export const lastScheduleEpoch = ({ schedule, warmupEpochs, scheduleAfterWarmup }: Lengths): number => {
  const last = (schedules[schedule.name] as unknown as AnySchedule).lastEpoch?.(schedule);
  return last === undefined ? 0 : last + (scheduleAfterWarmup ? warmupEpochs : 0);
};

/** The latest epoch that the schedule or a method names: a run must be longer. */
export const lastNamedEpoch = (recipe: Switches & Lengths): number =>
  Math.max(lastScheduleEpoch(recipe), ...activeMethods(recipe).map(({ startsAtEpoch = 0 }) => startsAtEpoch));

/** The stages of each method that has stages; empty if all steps are the same. */
export const methodStages = (recipe: Switches): (readonly Stage[])[] =>
  activeMethods(recipe).flatMap(({ stages }) => (stages ? [stages] : []));

/** The options of the network that a recipe sets. */
export const networkOptionsOf = (recipe: Switches): Record<string, unknown> =>
  Object.assign({}, ...activeMethods(recipe).map((method) => method.networkOptions ?? {})) as Record<string, unknown>;

/** The keys of the methods, and the name of the optimizer, that keep averaged weights. */
const averagingKeys = (recipe: Switches): string[] => [
  ...(createOptimizer(recipe.optimizer).keepsAverage === true ? [`optimizer ${recipe.optimizer.name}`] : []),
  ...definitions
    .filter(([key, { create }]) => create(recipe[key], recipe as Partial<RecipeView>)?.keepsAverage === true)
    .map(([key]) => key),
];

interface RecipeProblem {
  readonly key: string;
  readonly message: string;
}

/** The first method that has no effect in a run of this length; undefined if there is none. */
export function findRunProblem(recipe: Switches, run: RunLength): RecipeProblem | undefined {
  for (const [key, { create }] of definitions) {
    const message = create(recipe[key], recipe as Partial<RecipeView>)?.findRunProblem?.(run);
    if (message !== undefined) return { key, message };
  }
  return undefined;
}

/** A problem if a recipe keeps several sets of averaged weights, because a run evaluates only one. */
function findAverageProblems(recipe: Switches): RecipeProblem[] {
  const [first, second] = averagingKeys(recipe);
  if (first === undefined || second === undefined) return [];
  const message = `${first} and ${second} both keep averaged weights, but a run evaluates only one set: remove one of them`;
  return [{ key: second, message }];
}

/** The problems of the optimizer and of the methods of a recipe, by key. */
export function findMethodProblems(recipe: Switches & RecipeView): RecipeProblem[] {
  const { check: checkOptimizer } = optimizers[recipe.optimizer.name] as unknown as AnyOptimizer;
  const optimizerProblem = checkOptimizer?.(recipe.optimizer, recipe);
  return [
    ...(optimizerProblem === undefined ? [] : [{ key: 'optimizer', message: optimizerProblem }]),
    ...definitions.flatMap(([key, { check }]) => {
      const message = check?.(recipe[key], recipe);
      return message === undefined ? [] : [{ key, message }];
    }),
    ...findAverageProblems(recipe),
  ];
}
