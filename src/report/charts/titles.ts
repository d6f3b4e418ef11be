import { slug } from '../runs.ts';
import type { LevelTrend } from '../../trend/types.ts';

/** A level's name, with the counts where the same level is published with both. */
export const titleOf = ({ name, source, counts }: LevelTrend): string =>
  source === 'published' && counts === 'exact' ? `${name}, exact counts` : name;

/** A level's part in the names of its charts' files. */
export const levelId = (trend: LevelTrend): string => slug(titleOf(trend));

export const frontierId = (trend: LevelTrend): string => `frontier-${levelId(trend)}`;
