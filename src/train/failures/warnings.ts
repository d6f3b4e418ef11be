import { basename } from 'node:path';
import { initialWeightsOf } from '../../config/initial-weights.ts';
import type { RunConfig } from '../../config/run.ts';
import { checkLevel } from '../../config/level.ts';
import type { Level } from '../../config/level.ts';
import type { DataDescription } from '../../data/batch.ts';

/** A warning if the run started from a file of weights. */
function findStartWarnings(recipe: RunConfig['recipe']): string[] {
  const weights = initialWeightsOf(recipe);
  return weights === undefined
    ? []
    : [
        `the run started from the weights in ${basename(weights.file)} (sha256 ${weights.sha256}): the compute that trained them is not counted, so the run is not an entry of the trend`,
      ];
}

/** @throws UserError exit code 78 for a level that every network reaches. */
function findLevelWarnings(level: Level | null, { classes }: DataDescription): string[] {
  const guessing = level === null ? undefined : checkLevel(level, classes.length);
  return guessing === undefined ? [] : [guessing];
}

/** A warning if a batch is larger than an epoch: the run then trains on more images than its epochs say. */
function findBatchWarnings({ batch }: RunConfig['recipe'], { trainExamples }: DataDescription): string[] {
  if (batch <= trainExamples) return [];
  return [
    `recipe.batch is ${batch}, but there are only ${trainExamples} training images: a step repeats images, and the run ends at the first step that completes its epochs; a batch of at most ${trainExamples} avoids both`,
  ];
}

/**
 * The warnings of a run with its dataset, for readers of its result.
 * @throws UserError exit code 78 for a level that every network reaches.
 */
export const findWarnings = (
  { level, recipe }: Pick<RunConfig, 'level' | 'recipe'>,
  data: DataDescription,
): string[] => [
  ...(data.warnings ?? []),
  ...findLevelWarnings(level, data),
  ...findStartWarnings(recipe),
  ...findBatchWarnings(recipe, data),
];
