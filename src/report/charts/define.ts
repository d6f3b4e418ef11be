import type { Counts, LevelTrend } from '../../trend/types.ts';
import type { Chart } from '../chart.ts';
import type { Sources } from '../sources.ts';
import type { RunGroup } from './groups.ts';

/** A period of whole years: the first and the last year. */
export interface Period {
  readonly from: number;
  readonly to: number;
}

/** The position of a chart in its section: charts with a low `order` come first. */
interface Placed {
  readonly order: number;
}

/** Charts of one level; they are drawn for each level that a network reaches. An empty list draws nothing. */
export interface LevelChart extends Placed {
  readonly about: 'level';
  draw(trend: LevelTrend, sources: Sources): readonly Chart[];
}

/** Charts of all runs on one dataset; they are drawn if one of the runs has a learning curve. */
export interface GroupChart extends Placed {
  readonly about: 'group';
  draw(group: RunGroup, counts: Counts): readonly Chart[];
}

/** Charts of a level's gain over a period of years; they are drawn if at least two networks are on the frontier. */
export interface PeriodChart extends Placed {
  readonly about: 'period';
  draw(trend: LevelTrend, period: Period): readonly Chart[];
}
