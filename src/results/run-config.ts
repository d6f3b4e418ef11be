import { runSchema, type RunConfig } from '../config/run.ts';
import type { Measurement } from './measurement.ts';

/** The config of a measurement; undefined if it has keys of another version of doubletime. */
export function readRunConfig({ config }: Measurement): RunConfig | undefined {
  const parsed = runSchema.safeParse(config);
  return parsed.success ? parsed.data : undefined;
}
