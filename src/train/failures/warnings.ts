import { checkLevel } from '../../config/level.ts';
import type { Level } from '../../config/level.ts';
import type { DataDescription } from '../../data/batch.ts';

/**
 * The warnings about a run's dataset and level that readers of its result must know.
 * @throws UserError exit code 78 for a level that every network reaches.
 */
export function findWarnings(level: Level | null, { classes, warnings = [] }: DataDescription): string[] {
  const guessing = level === null ? undefined : checkLevel(level, classes.length);
  return [...warnings, ...(guessing === undefined ? [] : [guessing])];
}
