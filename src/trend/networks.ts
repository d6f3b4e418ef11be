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
  return Object.fromEntries(
    Object.entries(network).filter(([key, value]) => key !== 'name' && value !== undefined),
  );
};

/** What the result depends on, but for the seed: network, recipe, input and picture set. */
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
  const alone = all.every(
    (other) => other.network !== run.network || hashOfJson(optionsOf(other)) === optionsHash,
  );
  const options = Object.entries(optionsOf(run)).map(([key, value]) => `${key} ${String(value)}`);
  return alone || options.length === 0 ? run.network : `${run.network} (${options.join(', ')})`;
}

/** Runs sorted into networks and recipes, in the order they first appear; the same file twice counts once. */
export function variantsOf(measurements: readonly Measurement[]): Variant[] {
  const distinct = [...new Map(measurements.map((run) => [run.sha256, run])).values()];
  return groupBy(distinct, variantKey).map((runs) => ({
    network: labelOf(runs[0]!, distinct),
    published: runs.map(({ published }) => published).sort()[0]!,
    runs,
  }));
}

/** Measurements that answer the same question: those trained and evaluated on the same pictures. */
export const byData = (measurements: readonly Measurement[]): Measurement[][] =>
  groupBy(measurements, ({ data }) => data.sha256);
