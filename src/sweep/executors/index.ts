import type { Executor } from './executor.ts';
import * as registered from './registry.ts';

/** Every executor by its name. */
export const executors: Record<string, Executor> = { ...registered };

/** The executor that is used without `--executor`. */
export const defaultExecutor = 'local' satisfies keyof typeof registered;
