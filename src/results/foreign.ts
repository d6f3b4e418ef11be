import { jsonDifferences, type JsonDifference } from '../base/json.ts';
import { recipeIdentity } from '../config/initial-weights.ts';
import { networkIdentity, runSchema, type RunConfig } from '../config/run.ts';
import type { Measurement } from './measurement.ts';

/** The part of a config that must be the same in a run and in its measurement. The value of a level may come from an anchor. */
function comparable({ network, data: dataConfig, recipe, level, ...rest }: RunConfig, withValue: boolean): unknown {
  const data: Partial<RunConfig['data']> = { ...dataConfig };
  delete data.labels;
  return {
    ...rest,
    execution: null,
    network: networkIdentity(network),
    data,
    recipe: recipeIdentity(recipe),
    level: level && { metric: level.metric, ...(withValue && { value: level.value }) },
  };
}

/**
 * The first difference between the config of a run and that of a measurement; undefined if the measurement is of this run. A config
 * that this version cannot read is accepted.
 */
export function findForeign({ config }: Measurement, run: RunConfig): JsonDifference | undefined {
  const measured = runSchema.safeParse(config);
  if (!measured.success) return undefined;
  const withValue = run.level?.value !== undefined;
  return jsonDifferences(comparable(measured.data, withValue), comparable(run, withValue))[0];
}

/** What is wrong with a measurement of another run; the text follows the file's name. */
export const describeForeign = ({ path, a, b }: JsonDifference): string =>
  `is the measurement of another run: its ${path.join('.')} is ${JSON.stringify(a ?? null)}, expected ${JSON.stringify(b ?? null)}; move it away, and run the same command again`;
