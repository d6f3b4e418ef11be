import type { RunConfig } from '../config/run.ts';
import { readGpuMemory } from '../config/session.ts';
import type { RuntimeOptions } from '../runtime/environment.ts';
import type { SessionOptions } from '../runtime/session-options.ts';

/** The options of TensorFlow's sessions in a run config. */
export function sessionOptions({ execution, recipe }: Pick<RunConfig, 'execution' | 'recipe'>): SessionOptions {
  const { threads, interOpThreads, gpuMemory, graphPasses } = execution;
  return {
    threads,
    interOpThreads,
    gpuMemory: gpuMemory === undefined ? undefined : readGpuMemory(gpuMemory),
    graphPasses,
    compile: recipe.compile,
  };
}

/** The options for loading TensorFlow in the process of a run. */
export const runtimeOptions = (config: Pick<RunConfig, 'execution' | 'recipe'>): RuntimeOptions => ({
  session: sessionOptions(config),
  deterministic: config.recipe.deterministic === true,
  queuesSteps: (config.execution.readLossEvery ?? 1) > 1,
});
