import { z } from 'zod';
import type { Executors } from './executor.ts';
import { executors as registered } from './index.ts';

/** The keys of a sweep config that are options of executors, with their schemas. */
export const executorOptions = (executors: Executors = registered): z.ZodRawShape =>
  Object.fromEntries(
    Object.entries(executors).flatMap(([name, { options }]) =>
      options === undefined ? [] : [[name, options.prefault({})]],
    ),
  );
