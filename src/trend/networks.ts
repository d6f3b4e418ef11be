import { hashOfJson } from '../base/json.ts';
import { recipeIdentity } from '../config/initial-weights.ts';
import type { Measurement } from '../results/measurement.ts';

/** The runs of one network with one recipe; only their seeds differ. */
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

/** The recipe; one without a precision is float32. */
const recipeOf = ({ config: { recipe = null } }: Measurement): unknown =>
  isRecord(recipe) ? recipeIdentity(recipe) : recipe;

/** All that the result depends on except the seed: network, recipe, input and images. */
const variantKey = (run: Measurement): string =>
  hashOfJson([run.network, optionsOf(run), recipeOf(run), run.data.input]);

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

/** The network's name, with its options (`width 0.5`) where the network occurs with different options. */
function labelOf(run: Measurement, all: readonly Measurement[]): string {
  const optionsHash = hashOfJson(optionsOf(run));
  const alone = all.every((other) => other.network !== run.network || hashOfJson(optionsOf(other)) === optionsHash);
  const options = Object.entries(optionsOf(run)).map(([key, value]) => `${key} ${String(value)}`);
  return alone || options.length === 0 ? run.network : `${run.network} (${options.join(', ')})`;
}

/** A key that no two runs share: id, environment, start and duration. */
const runKey = ({ id, network, seed, data, environment, curve, totals }: Measurement): string =>
  JSON.stringify([
    [id, network, seed, data.sha256],
    [environment.startedAt, environment.finishedAt, environment.host],
    [curve.length, totals.seconds.training],
  ]);

/**
 * Every run once, even where its measurement is given several times. A sweep stores its anchor again with the level that it
 * set, so one run may have two measurements: the one with the level counts.
 */
export const distinctRuns = (measurements: readonly Measurement[]): Measurement[] =>
  groupBy(measurements, runKey).map((same) => same.find(({ level }) => level?.value !== undefined) ?? same[0]!);

/** The runs grouped by network and recipe, in the order of first appearance. */
export function listVariants(measurements: readonly Measurement[]): Variant[] {
  return groupBy(measurements, variantKey).map((runs) => ({
    network: labelOf(runs[0]!, measurements),
    published: runs.map(({ published }) => published).sort()[0]!,
    runs,
  }));
}

/** The measurements grouped by the images of training and evaluation: only these can be compared. */
export const byData = (measurements: readonly Measurement[]): Measurement[][] =>
  groupBy(measurements, ({ data }) => data.sha256);
