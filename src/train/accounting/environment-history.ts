import { hashOfJson } from '../../base/json.ts';
import type { EarlierEnvironment } from '../../results/measurement.ts';
import type { RunState } from '../files/run-state.ts';
import type { Environment } from './environment.ts';

/** What decides the order of sums, and so the last bits of a result. */
const DECIDES_BITS = ['cpu', 'cpuFeatures', 'threads', 'session', 'device', 'gpus', 'tensorflow', 'kernels'] as const;

/** The environment of the process that trains, and those of the run's earlier processes as far as they differed. */
export interface EnvironmentHistory {
  readonly environment: Environment;
  readonly earlier: EarlierEnvironment[];
}

const isSame = (a: unknown, b: unknown): boolean => hashOfJson(a ?? null) === hashOfJson(b ?? null);

/** Adds the environment of this process to those in the state of a run. */
export function continueHistory({ environments, ledger }: RunState, environment: Environment): EnvironmentHistory {
  if (environments === undefined) return { environment, earlier: [] };
  const { environment: before, earlier } = environments;
  const isUnchanged = ledger.steps === 0 || isSame(before, environment);
  return { environment, earlier: isUnchanged ? earlier : [...earlier, { untilStep: ledger.steps, ...before }] };
}

/** A warning if this process may compute other last bits than the one before it; undefined if not. */
export function describeChange({ environments, ledger }: RunState, environment: Environment): string | undefined {
  const before = environments?.environment;
  if (before === undefined || ledger.steps === 0) return undefined;
  const changes = DECIDES_BITS.filter((key) => before[key] !== undefined && !isSame(before[key], environment[key])).map(
    (key) => `${key} is ${JSON.stringify(environment[key])}, and was ${JSON.stringify(before[key])}`,
  );
  if (changes.length === 0) return undefined;
  return `until step ${ledger.steps} this run had another environment, so the last bits of its result may differ (${changes.join('; ')}); the measurement contains both`;
}
