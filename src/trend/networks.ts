import { dataError } from '../base/errors.ts';
import { groupBy } from '../base/group-by.ts';
import { hashOfJson } from '../base/json.ts';
import { recipeIdentity } from '../config/initial-weights.ts';
import { findDifferences } from '../results/compare.ts';
import type { Measurement } from '../results/measurement.ts';
import { isRecord } from '../results/read.ts';
import type { FixedLevel } from '../config/level.ts';
import { oneRunPerSeed } from './seeds.ts';

/** The runs of one network with one recipe; only their seeds differ. */
export interface Variant {
  readonly network: string;
  readonly published: string;
  /** One run per seed. */
  readonly runs: readonly Measurement[];
  /** The number of other runs with the same seeds. */
  readonly repeats: number;
}

/** Keys of a network's config that do not distinguish networks. The path of a file does not: the file has a hash. */
const NO_OPTIONS = new Set(['name', 'file']);

/** The options of the network in the config, with the hashes of its files. */
const networkOptions = ({ config }: Measurement): Readonly<Record<string, unknown>> => {
  const network = isRecord(config['network']) ? config['network'] : {};
  return Object.fromEntries(
    Object.entries(network).filter(([key, value]) => !NO_OPTIONS.has(key) && value !== undefined),
  );
};

/** An option as a part of a network's name: `width 0.5`, and eight digits of a hash: `sha256 1a2b3c4d`. */
function optionText([key, value]: readonly [string, unknown]): string {
  const hash = isRecord(value) ? hashOfJson(value) : value;
  return `${key} ${key === 'sha256' || isRecord(value) ? String(hash).slice(0, 8) : String(value)}`;
}

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
  const options = Object.entries(networkOptions(run)).map(optionText);
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

/**
 * The runs grouped by network and recipe, in the order of first appearance. A network has the earliest of its dates.
 * @param level the level that the runs are compared at; undefined for all levels.
 */
export function listVariants(measurements: readonly Measurement[], level?: FixedLevel): Variant[] {
  const dates = groupBy(measurements, networkKey);
  return [...groupBy(measurements, variantKey).values()].map((all) => {
    const runs = oneRunPerSeed(all, level);
    const published = datesOf(dates.get(networkKey(all[0]!))!)[0]!;
    return { network: networkName(all[0]!, measurements), published, runs, repeats: all.length - runs.length };
  });
}

/** A fixed order of the recipes of a network. */
export function compareVariants(a: Variant, b: Variant): number {
  const [first, second] = [a, b].map(({ runs }) => variantKey(runs[0]!)) as [string, string];
  return first === second ? 0 : first < second ? -1 : 1;
}

/** One run per network, recipe and seed. @param level as in `listVariants`. */
export const runsOfSeeds = (measurements: readonly Measurement[], level?: FixedLevel): Measurement[] =>
  listVariants(measurements, level).flatMap(({ runs }) => runs);

/** The dates of publication in measurements, each once, oldest first. */
const datesOf = (measurements: readonly Measurement[]): string[] =>
  [...new Set(measurements.map(({ published }) => published))].sort();

/** A note for each network with several dates of publication. */
export const dateNotes = (measurements: readonly Measurement[]): string[] =>
  [...groupBy(measurements, networkKey).values()].flatMap((runs) => {
    const dates = datesOf(runs);
    const name = networkName(runs[0]!, measurements);
    return dates.length > 1
      ? [`the measurements of ${name} have several dates of publication: ${dates.join(', ')}; the earliest counts`]
      : [];
  });

/** The measurements grouped by their images and labels. Only measurements of one group can be compared. */
export const groupByData = (measurements: readonly Measurement[]): Measurement[][] => [
  ...groupBy(measurements, ({ data }) => data.sha256).values(),
];
