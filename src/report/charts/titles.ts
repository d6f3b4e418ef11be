import { slug } from '../runs.ts';
import type { LevelTrend } from '../../trend/types.ts';

/** The name of a level; with its counts if the level is published with both counts. */
export const levelTitle = ({ name, source, counts }: LevelTrend): string =>
  source === 'published' && counts === 'exact' ? `${name}, exact counts` : name;

/** The part of a level in the ids of its charts. */
export const levelId = (trend: LevelTrend): string => slug(levelTitle(trend));

/** The id of a level's frontier chart. */
export const frontierId = (trend: LevelTrend): string => `frontier-${levelId(trend)}`;
