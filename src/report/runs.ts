import { groupBy } from '../base/group-by.ts';
import type { Measurement } from '../results/measurement.ts';

/** A measurement with its name and its anchor in the report. */
export interface Run {
  readonly measurement: Measurement;
  /** Network and seed; with the run's id if another run has the same network and seed. */
  readonly name: string;
  /** The anchor (the id of the HTML element) of its record on the page. */
  readonly source: string;
}

/** The runs in the order of publication; the seeds of a network are together. */
export function toRuns(measurements: readonly Measurement[]): Run[] {
  const shortName = ({ network, seed }: Measurement): string => `${network}, seed ${seed}`;
  const named = groupBy(measurements, shortName);
  const isUnique = (name: string): boolean => named.get(name)?.length === 1;
  return [...measurements]
    .sort(
      (a, b) =>
        a.published.localeCompare(b.published) ||
        a.network.localeCompare(b.network) ||
        a.seed - b.seed ||
        a.id.localeCompare(b.id),
    )
    .map((measurement, index) => ({
      measurement,
      name: isUnique(shortName(measurement)) ? shortName(measurement) : `${shortName(measurement)} (${measurement.id})`,
      source: `run-${index + 1}`,
    }));
}

/** A name for files and anchors: lower case letters, digits and hyphens. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60) || 'x';
