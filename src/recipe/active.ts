import type { z } from 'zod';
import type { Method, MethodDefinition } from './method.ts';
import { methods } from './methods/registry.ts';
import type { Optimizer, OptimizerDefinition } from './optimizer.ts';
import * as optimizers from './optimizers/registry.ts';
import type { Clock, ScheduleDefinition } from './schedule.ts';
import * as schedules from './schedules/registry.ts';
import type { Schedule, Switches } from './schemas.ts';

type AnyMethod = MethodDefinition<z.ZodType>;
type AnyOptimizer = OptimizerDefinition<z.ZodObject>;
type AnySchedule = ScheduleDefinition<z.ZodObject>;

const definitions = Object.entries(methods) as unknown as [keyof typeof methods, AnyMethod][];

/** The methods that a recipe switches on, in the order in which they act. */
export const activeMethods = (recipe: Switches): Method[] =>
  definitions.flatMap(([key, { create }]) => create(recipe[key]) ?? []);

/** The recipe's optimizer. */
export const createOptimizer = (config: Switches['optimizer']): Optimizer =>
  (optimizers[config.name] as unknown as AnyOptimizer).create(config);

/** The factor of a recipe's schedule on its learning rate. */
export const scheduleFactor = (config: Schedule, clock: Clock): number =>
  (schedules[config.name] as unknown as AnySchedule).factor(config, clock);

/** What a recipe's schedule is, beside its formula. */
export const scheduleTraits = ({ name }: Pick<Schedule, 'name'>): Pick<AnySchedule, 'warmsUp' | 'ignoresLength'> =>
  schedules[name];

/** Whether a run keeps averaged weights, which are evaluated beside the trained ones. */
export const keepsAverage = (recipe: Switches): boolean =>
  [createOptimizer(recipe.optimizer), ...activeMethods(recipe)].some((method) => method.keepsAverage === true);

/** Options that a recipe gives to the network it trains. */
export const networkOptionsOf = (recipe: Switches): Record<string, unknown> =>
  Object.assign({}, ...activeMethods(recipe).map((method) => method.networkOptions ?? {})) as Record<string, unknown>;

/** What is wrong with the values of the methods in a recipe, by key. */
export const methodFaults = (
  recipe: Switches & { readonly batch: number },
): { readonly key: string; readonly message: string }[] =>
  definitions.flatMap(([key, { check }]) => {
    const message = check?.(recipe[key], recipe);
    return message === undefined ? [] : [{ key, message }];
  });
