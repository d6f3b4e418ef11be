import { hashOfJson } from '../base/json.ts';
import type { Measurement } from '../results/measurement.ts';

/** The runs of one network with one recipe, which differ in their seeds only. */
export interface Variant {
  readonly network: string;
  readonly published: string;
  readonly runs: readonly Measurement[];
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const optionsOf = ({ config }: Measurement): Readonly<Record<string, unknown>> => {
  const network = isRecord(config['network']) ? config['network'] : {};
  return Object.fromEntries(Object.entries(network).filter(([key, value]) => key !== 'name' && value !== undefined));
};

/** What the result depends on, but for the seed: network, recipe, input and image set. */
const variantKey = (run: Measurement): string =>
  hashOfJson([run.network, optionsOf(run), run.config['recipe'] ?? null, run.data.input]);

function groupBy<T>(items: readonly T[], keyOf: (item: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

/** The network's name; its options are added only where the same network stands there with others (`width 0.5`). */
function labelOf(run: Measurement, all: readonly Measurement[]): string {
  const optionsHash = hashOfJson(optionsOf(run));
  const alone = all.every((other) => other.network !== run.network || hashOfJson(optionsOf(other)) === optionsHash);
  const options = Object.entries(optionsOf(run)).map(([key, value]) => `${key} ${String(value)}`);
  return alone || options.length === 0 ? run.network : `${run.network} (${options.join(', ')})`;
}

/** What no two runs share: who, on what, when and where, and how long. */
const runKey = ({ id, network, seed, data, environment, curve, totals }: Measurement): string =>
  JSON.stringify([
    [id, network, seed, data.sha256],
    [environment.startedAt, environment.finishedAt, environment.host],
    [curve.length, totals.seconds.training],
  ]);

/**
 * Every run once, however often its measurement is given. A sweep seals its anchor anew with the level that it set, so one
 * run may have two measurements: that with the level is taken.
 */
export const distinctRuns = (measurements: readonly Measurement[]): Measurement[] =>
  groupBy(measurements, runKey).map((same) => same.find(({ level }) => level?.value !== undefined) ?? same[0]!);

/** Runs sorted into networks and recipes, in the order they first appear. */
export function variantsOf(measurements: readonly Measurement[]): Variant[] {
  return groupBy(measurements, variantKey).map((runs) => ({
    network: labelOf(runs[0]!, measurements),
    published: runs.map(({ published }) => published).sort()[0]!,
    runs,
  }));
}

/** Measurements that answer the same question: those trained and evaluated on the same images. */
export const byData = (measurements: readonly Measurement[]): Measurement[][] =>
  groupBy(measurements, ({ data }) => data.sha256);
