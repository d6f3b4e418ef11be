import { basename } from 'node:path';
import { initialWeightsOf } from '../../config/initial-weights.ts';
import type { RunConfig } from '../../config/run.ts';
import { checkLevel } from '../../config/level.ts';
import type { Level } from '../../config/level.ts';
import type { DataDescription } from '../../data/batch.ts';

/** What readers of a result must know of a run that did not start from scratch; empty for all other runs. */
export function findStartWarnings(recipe: RunConfig['recipe']): string[] {
  const given = initialWeightsOf(recipe);
  return given === undefined
    ? []
    : [
        `the run started from the weights in ${basename(given.file)} (sha256 ${given.sha256}): the compute that made them is not counted, so the run is not an entry of the trend`,
      ];
}

/**
 * The warnings about a run's dataset and level that readers of its result must know.
 * @throws UserError exit code 78 for a level that every network reaches.
 */
export function findWarnings(level: Level | null, { classes, warnings = [] }: DataDescription): string[] {
  const guessing = level === null ? undefined : checkLevel(level, classes.length);
  return [...warnings, ...(guessing === undefined ? [] : [guessing])];
}
