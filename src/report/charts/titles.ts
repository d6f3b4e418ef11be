import type { LevelTrend } from '../../trend/types.ts';

/** A level's name, with the counts where the same level is published with both. */
export const titleOf = ({ name, source, counts }: LevelTrend): string =>
  source === 'published' && counts === 'exact' ? `${name}, exact counts` : name;
