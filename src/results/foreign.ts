import { isDeepStrictEqual } from 'node:util';
import { jsonDifferences, type JsonDifference } from '../base/json.ts';
import { configIdentity } from '../config/identity.ts';
import type { RunConfig } from '../config/run.ts';
import type { Measurement } from './measurement.ts';
import { readRunConfig } from './run-config.ts';

/** The part of a config that must be the same in a run and in its measurement. The value of a level may come from an anchor. */
function comparable(config: RunConfig, withValue: boolean): unknown {
  const data: Partial<RunConfig['data']> = { ...config.data };
  delete data.labels;
  const level = config.level && { metric: config.level.metric, ...(withValue && { value: config.level.value }) };
  return { ...configIdentity(config), data, level };
}

/** Whether two configs are equal as they are written, apart from a level's value. Takes less time than the complete comparison. */
function isEqualAsWritten(a: Measurement['config'], b: RunConfig): boolean {
  const plain = ({ level, ...config }: { level?: unknown }) => ({
    ...config,
    level: (level as RunConfig['level'])?.metric,
    execution: undefined,
  });
  return isDeepStrictEqual(plain(a), plain(b));
}

/**
 * The first difference between the config of a run and that of a measurement; undefined if the measurement is of this run. A config
 * that this version cannot read is accepted.
 */
export function findForeign(measurement: Measurement, run: RunConfig): JsonDifference | undefined {
  const withValue = run.level?.value !== undefined;
  if (!withValue && isEqualAsWritten(measurement.config, run)) return undefined;
  const measured = readRunConfig(measurement);
  if (measured === undefined) return undefined;
  return jsonDifferences(comparable(measured, withValue), comparable(run, withValue))[0];
}

/** What is wrong with a measurement of another run; the text follows the file's name. */
export const describeForeign = ({ path, a, b }: JsonDifference): string =>
  `is the measurement of another run: its ${path.join('.')} is ${JSON.stringify(a ?? null)}, expected ${JSON.stringify(b ?? null)}; move it away, and run the same command again`;
