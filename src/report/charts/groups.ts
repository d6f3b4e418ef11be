import type { FixedLevel, Metric } from '../../config/level.ts';
import { findCrossing } from '../../results/crossing.ts';
import type { Crossing } from '../../results/measurement.ts';
import { endedBelow } from '../../trend/ended-below.ts';
import { ownLevels, defaultMetric } from '../../trend/levels.ts';
import { formatMetric, formatPercent } from '../../base/text/format.ts';
import { groupBy } from '../../base/group-by.ts';
import { slug, type Run } from '../runs.ts';

/** The runs on one dataset, which one chart can show. */
export interface RunGroup {
  /** Its part in the ids of charts. */
  readonly id: string;
  /** The name of the dataset. */
  readonly title: string;
  readonly metric: Metric;
  /** The levels of this metric that the runs were made for, lowest first. */
  readonly levels: readonly FixedLevel[];
  readonly runs: readonly Run[];
}

/** A level as text: `79.1 % top-5`. */
export const levelName = ({ value, metric }: FixedLevel): string => `${formatPercent(value)} ${formatMetric(metric)}`;

/** The level in the tables of a group: the highest one. */
export const mainLevel = ({ levels }: RunGroup): FixedLevel | null => levels.at(-1) ?? null;

/** The level at which some runs of a group can be compared: the highest one before which none of them ended at another level. */
export const sharedLevel = (runs: readonly Run[], { levels }: RunGroup): FixedLevel | null =>
  levels.findLast((level) => runs.every(({ measurement }) => !endedBelow(measurement, level))) ?? null;

/** The crossing of a level on a run's learning curve; null if the run does not reach it. An anchor has one too. */
export const crossingAt = ({ measurement }: Run, level: FixedLevel | null): Crossing | null =>
  level === null ? null : findCrossing(measurement.curve, level);

const datasetKey = ({ measurement: { data } }: Run): string => JSON.stringify([data.name, data.sha256, data.input]);

/** The runs grouped by dataset and input size, in the order of the first run of each group. The ids of groups are unique. */
export function groupRuns(runs: readonly Run[]): RunGroup[] {
  const taken = new Set<string>();
  return [...groupBy(runs, datasetKey).values()].map((group, index) => {
    const measurements = group.map(({ measurement }) => measurement);
    const title = measurements[0]!.data.name;
    const metric = defaultMetric(measurements);
    const id = taken.has(slug(title)) ? `${slug(title)}-${index + 1}` : slug(title);
    taken.add(id);
    const levels = ownLevels(measurements).filter((level) => level.metric === metric);
    return { id, title, metric, levels, runs: group };
  });
}
