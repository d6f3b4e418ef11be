import { runSchema, type RunConfig } from '../config/run.ts';
import type { CurvePoint, Measurement } from '../results/measurement.ts';
import { TERAFLOP_SECOND_DAY } from '../base/paper-compute.ts';
import type { Counts } from '../trend/types.ts';

/** A measurement with its name and anchor in the report. */
export interface Run {
  readonly measurement: Measurement;
  /** Network and seed, with the run's id if another run has the same. */
  readonly name: string;
  /** Anchor of its record on the page. */
  readonly source: string;
}

/** Training compute up to an evaluation or a crossing, in teraflop/s-days. */
export const computeAt = (point: Pick<CurvePoint, 'flops' | 'paperTeraflopSecondDays'>, counts: Counts): number =>
  counts === 'exact' ? point.flops / TERAFLOP_SECOND_DAY : point.paperTeraflopSecondDays;

/** Runs in the order of publication; the seeds of a network stay together. */
export function toRuns(measurements: readonly Measurement[]): Run[] {
  const nameOf = ({ network, seed }: Measurement): string => `${network}, seed ${seed}`;
  const named = groupBy(measurements, nameOf);
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
      name: isUnique(nameOf(measurement)) ? nameOf(measurement) : `${nameOf(measurement)} (${measurement.id})`,
      source: `run-${index + 1}`,
    }));
}

/** The config of a run, or null if this version cannot read it: a measurement keeps its config unchanged. */
export function configOf({ config }: Measurement): RunConfig | null {
  const { success, data } = runSchema.safeParse(config);
  return success ? data : null;
}

/** Values grouped by a key, in the order of first appearance. */
export function groupBy<Value>(values: readonly Value[], keyOf: (value: Value) => string): Map<string, Value[]> {
  const groups = new Map<string, Value[]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(key);
    if (group) group.push(value);
    else groups.set(key, [value]);
  }
  return groups;
}

/** A name for files and anchors: lower case letters, digits and hyphens. */
export const slug = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, 60) || 'x';
