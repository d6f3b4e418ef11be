import type { z } from 'zod';
import type { Method, MethodDefinition } from './method.ts';
import { methods } from './methods/registry.ts';
import type { Optimizer, OptimizerDefinition } from './optimizer.ts';
import { optimizers } from './optimizers/registry.ts';
import type { Clock, ScheduleDefinition } from './schedule.ts';
import { schedules } from './schedules/registry.ts';
import type { Schedule, Switches } from './schemas.ts';

type AnyMethod = MethodDefinition<z.ZodType>;
type AnyOptimizer = OptimizerDefinition<z.ZodObject>;
type AnySchedule = ScheduleDefinition<z.ZodObject>;

const definitions = Object.entries(methods) as unknown as [keyof typeof methods, AnyMethod][];

/** The methods that a recipe switches on, in the order in which they are applied. */
export const activeMethods = (recipe: Switches): Method[] =>
  definitions.flatMap(([key, { create }]) => create(recipe[key]) ?? []);

/** Creates the optimizer of a recipe. */
export const createOptimizer = (config: Switches['optimizer']): Optimizer =>
  (optimizers[config.name] as unknown as AnyOptimizer).create(config);

/** The factor by which a recipe's schedule multiplies the learning rate. */
export const scheduleFactor = (config: Schedule, clock: Clock): number =>
  (schedules[config.name] as unknown as AnySchedule).factor(config, clock);

/** The properties of a recipe's schedule besides its formula. */
export const scheduleTraits = ({ name }: Pick<Schedule, 'name'>): Pick<AnySchedule, 'warmsUp' | 'ignoresLength'> =>
  schedules[name];

/** Whether a run also keeps and evaluates averaged weights. */
export const keepsAverage = (recipe: Switches): boolean =>
  [createOptimizer(recipe.optimizer), ...activeMethods(recipe)].some((method) => method.keepsAverage === true);

/** The network options that a recipe sets. */
export const networkOptionsOf = (recipe: Switches): Record<string, unknown> =>
  Object.assign({}, ...activeMethods(recipe).map((method) => method.networkOptions ?? {})) as Record<string, unknown>;

/** The errors in a recipe's values for methods, by key. */
export const methodFaults = (
  recipe: Switches & { readonly batch: number },
): { readonly key: string; readonly message: string }[] =>
  definitions.flatMap(([key, { check }]) => {
    const message = check?.(recipe[key], recipe);
    return message === undefined ? [] : [{ key, message }];
  });
