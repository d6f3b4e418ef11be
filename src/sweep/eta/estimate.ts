import { median } from '../../base/numbers/median.ts';
import { makespan, type Task } from '../planning/makespan.ts';

/** The facts about a run that the estimate of the remaining time needs. */
export interface TimedRun {
  readonly id: string;
  /** Runs with the same name differ only in the seed, so they take about the same time. */
  readonly name: string;
  readonly network: string;
  readonly anchor: string | null;
  /** `open`: not finished and not running now. `given up`: it will not be started again. */
  readonly phase: 'open' | 'running' | 'done' | 'given up';
  /** Epochs of the schedule. */
  readonly epochs: number;
  /** Epochs trained so far. */
  readonly epoch: number;
  /** Seconds per epoch, including evaluations; null while unknown. */
  readonly secondsPerEpoch: number | null;
  /** Whether the run may end before the end of its schedule: at its level, or because it is no longer the cheapest. */
  readonly mayEndEarly: boolean;
}

export interface SweepEta {
  /** Estimated seconds until the sweep ends. */
  readonly seconds: number;
  /** Number of runs with a network that has not been timed yet. The median of the other networks is used for them. */
  readonly untimed: number;
}

/** Medians of a value over runs: per name, per network, and over all runs. */
class RunMedians {
  readonly #medians = new Map<string, number>();
  readonly #all: number | undefined;

  constructor(runs: readonly TimedRun[], getValue: (run: TimedRun) => number) {
    const values = new Map<string, number[]>();
    for (const run of runs)
      for (const key of groupKeys(run)) values.set(key, [...(values.get(key) ?? []), getValue(run)]);
    for (const [key, members] of values) this.#medians.set(key, median(members)!);
    this.#all = median(runs.map(getValue));
  }

  /** The median over the runs with the same name, else with the same network, else over all runs (`isOtherNetwork`). */
  find(run: TimedRun): { value: number | undefined; isOtherNetwork: boolean } {
    const value = groupKeys(run)
      .map((key) => this.#medians.get(key))
      .find((candidate) => candidate !== undefined);
    return { value: value ?? this.#all, isOtherNetwork: value === undefined };
  }
}

/** The groups of a run, from the most to the least similar runs. */
const groupKeys = ({ name, network }: TimedRun): string[] => [`name ${name}`, `network ${network}`];

/**
 * The fraction of its schedule at which a run is expected to end: where finished runs like it ended. A run that has passed that
 * point is expected to end half way between now and the end of its schedule.
 */
function expectedEnd(run: TimedRun, endings: RunMedians): number {
  if (!run.mayEndEarly) return 1;
  const expected = endings.find(run).value ?? 1;
  const now = run.epoch / run.epochs;
  return expected > now ? expected : (now + 1) / 2;
}

/**
 * Estimates when a sweep ends. Running runs continue at their own speed; other runs take the speed of similar runs, in the order
 * in which they start. Runs that may end early are expected to end where finished runs like them ended.
 * @param workers number of runs at the same time.
 * @returns undefined while no run has been timed.
 */
export function estimateEta(runs: readonly TimedRun[], workers: number): SweepEta | undefined {
  const timed = runs.filter(({ secondsPerEpoch }) => secondsPerEpoch !== null);
  const ended = runs.filter(({ phase, mayEndEarly, epoch }) => phase === 'done' && mayEndEarly && epoch > 0);
  const unfinished = runs.filter(({ phase }) => phase === 'running' || phase === 'open');
  if (unfinished.length === 0) return { seconds: 0, untimed: 0 };
  if (timed.length === 0) return undefined;
  const speeds = new RunMedians(timed, ({ secondsPerEpoch }) => secondsPerEpoch!);
  const endings = new RunMedians(ended, ({ epoch, epochs }) => Math.min(1, epoch / epochs));
  let untimed = 0;
  const tasks = unfinished.map((run): Task => {
    const similar = speeds.find(run);
    if (run.secondsPerEpoch === null && similar.isOtherNetwork) untimed++;
    const perEpoch = run.secondsPerEpoch ?? similar.value!;
    const epochs = Math.max(0, expectedEnd(run, endings) * run.epochs - run.epoch);
    return { id: run.id, seconds: epochs * perEpoch, after: run.anchor === run.id ? null : run.anchor };
  });
  const running = new Set(unfinished.filter(({ phase }) => phase === 'running').map(({ id }) => id));
  const ordered = [...tasks.filter(({ id }) => running.has(id)), ...tasks.filter(({ id }) => !running.has(id))];
  return { seconds: makespan(ordered, Math.max(1, workers, running.size)), untimed };
}
