import type { FixedLevel, Level } from '../../src/config/level.ts';

export const fixedLevelOf = (level: Level | null): FixedLevel | null =>
  level?.value === undefined ? null : { ...level, value: level.value };
