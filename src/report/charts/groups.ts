import type { FixedLevel, Metric } from '../../config/level.ts';
import { findCrossing } from '../../results/crossing.ts';
import type { Crossing } from '../../results/measurement.ts';
import { ownLevels, defaultMetric } from '../../trend/levels.ts';
import { formatMetric, formatPercent } from '../../base/format.ts';
import { groupBy, slug, type Run } from '../runs.ts';

/** Runs on the same images, which one chart can show. */
export interface RunGroup {
  readonly id: string;
  /** The data's name. */
  readonly title: string;
  readonly metric: Metric;
  /** The levels of this metric that runs were made for, lowest first. */
  readonly levels: readonly FixedLevel[];
  readonly runs: readonly Run[];
}

export const levelName = ({ value, metric }: FixedLevel): string => `${formatPercent(value)} ${formatMetric(metric)}`;

/** The level of a group's tables: the highest. */
export const mainLevel = ({ levels }: RunGroup): FixedLevel | null => levels.at(-1) ?? null;

/** The first evaluation at which a run reaches the main level of its group, read from its curve; an anchor has one too. */
export function crossingOf({ measurement }: Run, group: RunGroup): Crossing | null {
  const level = mainLevel(group);
  return level === null ? null : findCrossing(measurement.curve, level);
}

const dataOf = ({ measurement: { data } }: Run): string => JSON.stringify([data.name, data.sha256, data.input]);

/** Groups in the order of their first run, with unique ids. */
export function groupRuns(runs: readonly Run[]): RunGroup[] {
  const taken = new Set<string>();
  return [...groupBy(runs, dataOf).values()].map((group, index) => {
    const measurements = group.map(({ measurement }) => measurement);
    const title = measurements[0]!.data.name;
    const metric = defaultMetric(measurements);
    const id = taken.has(slug(title)) ? `${slug(title)}-${index + 1}` : slug(title);
    taken.add(id);
    const levels = ownLevels(measurements).filter((level) => level.metric === metric);
    return { id, title, metric, levels, runs: group };
  });
}
