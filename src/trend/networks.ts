import { dataError } from '../base/errors.ts';
import { groupBy } from '../base/group-by.ts';
import { hashOfJson } from '../base/json.ts';
import { recipeIdentity } from '../config/initial-weights.ts';
import { findDifferences } from '../results/compare.ts';
import type { Measurement } from '../results/measurement.ts';
import { isRecord } from '../results/read.ts';

/** The runs of one network with one recipe; only their seeds differ. */
export interface Variant {
  readonly network: string;
  readonly published: string;
  readonly runs: readonly Measurement[];
}

/** The options of the network in the config. */
const networkOptions = ({ config }: Measurement): Readonly<Record<string, unknown>> => {
  const network = isRecord(config['network']) ? config['network'] : {};
  return Object.fromEntries(Object.entries(network).filter(([key, value]) => key !== 'name' && value !== undefined));
};

/** The recipe, with the precision float32 if it has none. */
const normalizedRecipe = ({ config: { recipe = null } }: Measurement): unknown =>
  isRecord(recipe) ? recipeIdentity(recipe) : recipe;

/** The same for runs that differ only in their seed: a hash of network, options, recipe and input size. */
const variantKey = (run: Measurement): string =>
  hashOfJson([run.network, networkOptions(run), normalizedRecipe(run), run.data.input]);

/** The same for runs of one network with the same options. */
export const networkKey = (run: Measurement): string => hashOfJson([run.network, networkOptions(run)]);

/** The network's name; with its options (`width 0.5`) if the network occurs with different options. */
export function networkName(run: Measurement, all: readonly Measurement[]): string {
  const optionsHash = hashOfJson(networkOptions(run));
  const isUnique = all.every(
    (other) => other.network !== run.network || hashOfJson(networkOptions(other)) === optionsHash,
  );
  const options = Object.entries(networkOptions(run)).map(([key, value]) => `${key} ${String(value)}`);
  return isUnique || options.length === 0 ? run.network : `${run.network} (${options.join(', ')})`;
}

/** A key that no two runs share: id, environment, start and duration. */
const runKey = ({ id, network, seed, data, environment, curve, totals }: Measurement): string =>
  JSON.stringify([
    [id, network, seed, data.sha256],
    [environment.startedAt, environment.finishedAt, environment.host],
    [curve.length, totals.seconds.training],
  ]);

/**
 * One measurement per run, even if the list has a measurement several times, or a run was trained again with the same result.
 * A second training is not another seed. The run of an anchor may have two measurements,
 * because its sweep stores it again with the level that it set: the one with the level is taken.
 */
export function distinctRuns(measurements: readonly Measurement[]): Measurement[] {
  const runs = [...groupBy(measurements, runKey).values()].map(
    (same) => same.find(({ level }) => level?.value !== undefined) ?? same[0]!,
  );
  return [...groupBy(runs, repeatKey).values()].flatMap((alike) =>
    alike.length === 1 ? alike : [...groupBy(alike, ({ config }) => hashOfJson(config)).values()].map(onlyResult),
  );
}

/** The same for runs that were trained again, if their configs are equal too. */
const repeatKey = ({ id, network, seed, data }: Measurement): string =>
  JSON.stringify([id, network, seed, data.sha256]);

/** The result of a run that may have been trained several times. @throws UserError exit code 65 if the results differ. */
function onlyResult(repeated: readonly Measurement[]): Measurement {
  const [first, ...others] = repeated as [Measurement, ...Measurement[]];
  for (const other of others) {
    const difference = findDifferences(first, other).find(({ timeOrPlace }) => !timeOrPlace);
    if (difference === undefined) continue;
    throw dataError(
      `the run ${first.id} was measured twice with different results: the runs of ${first.environment.startedAt} and ` +
        `${other.environment.startedAt} differ in ${difference.path}; keep one of their files`,
    );
  }
  return first;
}

/** The runs grouped by network and recipe, in the order of first appearance. */
export function listVariants(measurements: readonly Measurement[]): Variant[] {
  return [...groupBy(measurements, variantKey).values()].map((runs) => ({
    network: networkName(runs[0]!, measurements),
    published: runs.map(({ published }) => published).sort()[0]!,
    runs,
  }));
}

/** The measurements grouped by their images and labels. Only measurements of one group can be compared. */
export const groupByData = (measurements: readonly Measurement[]): Measurement[][] => [
  ...groupBy(measurements, ({ data }) => data.sha256).values(),
];
