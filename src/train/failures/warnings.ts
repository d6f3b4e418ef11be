import { checkLevel } from '../../config/level.ts';
import type { Level } from '../../config/level.ts';
import type { DataDescription } from '../../data/batch.ts';

/**
 * What those who read a run's result have to know about its dataset and its level.
 * @throws UserError exit code 78 for a level that every network reaches.
 */
export function warningsOf(level: Level | null, { classes, warnings = [] }: DataDescription): string[] {
  const guessing = level === null ? undefined : checkLevel(level, classes.length);
  return [...warnings, ...(guessing === undefined ? [] : [guessing])];
}
