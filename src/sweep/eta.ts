import { makespan, type Task } from './planning/makespan.ts';

/** What is known of a run's time. */
export interface TimedRun {
  readonly id: string;
  /** Runs of one name differ in the seed only, so they take about as long. */
  readonly name: string;
  readonly network: string;
  readonly anchor: string | null;
  /** `open`: not finished and not running now. `given up`: nothing will happen to it. */
  readonly phase: 'open' | 'running' | 'done' | 'given up';
  /** Epochs of its schedule. */
  readonly epochs: number;
  /** Epochs that it has trained. */
  readonly epoch: number;
  /** Seconds per epoch with its evaluations; null while it is unknown. */
  readonly secondsPerEpoch: number | null;
  /** Whether it may end before its schedule: at its level, or because it is no longer the cheapest. */
  readonly mayEndEarly: boolean;
}

export interface SweepEta {
  /** An estimate. */
  readonly seconds: number;
  /** Runs of networks that have not been timed yet: they count like the median of the others. */
  readonly untimed: number;
}

function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)] : mean(sorted.slice(middle - 1, middle + 1));
}

const mean = (values: readonly number[]): number | undefined =>
  values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;

/** Medians of a value over runs: of one name, of one network, and of all. */
class Typical {
  readonly #medians = new Map<string, number>();
  readonly #all: number | undefined;

  constructor(known: readonly TimedRun[], valueOf: (run: TimedRun) => number) {
    const values = new Map<string, number[]>();
    for (const run of known) for (const key of keysOf(run)) values.set(key, [...(values.get(key) ?? []), valueOf(run)]);
    for (const [key, members] of values) this.#medians.set(key, median(members)!);
    this.#all = median(known.map(valueOf));
  }

  /** The value of the runs most like one; whether they are of another network. */
  of(run: TimedRun): { value: number | undefined; isOfOthers: boolean } {
    const own = keysOf(run).map((key) => this.#medians.get(key));
    const value = own.find((candidate) => candidate !== undefined);
    return { value: value ?? this.#all, isOfOthers: value === undefined };
  }
}

const keysOf = ({ name, network }: TimedRun): string[] => [`name ${name}`, `network ${network}`];

/** The part of its schedule at which a run ends: that of finished runs like it. One that is past it ends half way to its end. */
function endingPart(run: TimedRun, endings: Typical): number {
  if (!run.mayEndEarly) return 1;
  const expected = endings.of(run).value ?? 1;
  const now = run.epoch / run.epochs;
  return expected > now ? expected : (now + 1) / 2;
}

/**
 * When a sweep will have ended: running runs by their own speed, the others by that of runs like them, in the order in which
 * they start. Runs that end at their level or early are expected to end where finished runs like them did.
 * @param workers runs at a time.
 * @returns undefined while no run has been timed.
 */
export function sweepEta(runs: readonly TimedRun[], workers: number): SweepEta | undefined {
  const timed = runs.filter(({ secondsPerEpoch }) => secondsPerEpoch !== null);
  const early = runs.filter(({ phase, mayEndEarly, epoch }) => phase === 'done' && mayEndEarly && epoch > 0);
  const left = runs.filter(({ phase }) => phase === 'running' || phase === 'open');
  if (left.length === 0) return { seconds: 0, untimed: 0 };
  if (timed.length === 0) return undefined;
  const speeds = new Typical(timed, ({ secondsPerEpoch }) => secondsPerEpoch!);
  const endings = new Typical(early, ({ epoch, epochs }) => Math.min(1, epoch / epochs));
  let untimed = 0;
  const tasks = left.map((run): Task => {
    const like = speeds.of(run);
    if (run.secondsPerEpoch === null && like.isOfOthers) untimed++;
    const perEpoch = run.secondsPerEpoch ?? like.value!;
    const epochs = Math.max(0, endingPart(run, endings) * run.epochs - run.epoch);
    return { id: run.id, seconds: epochs * perEpoch, after: run.anchor === run.id ? null : run.anchor };
  });
  const running = new Set(left.filter(({ phase }) => phase === 'running').map(({ id }) => id));
  const ordered = [...tasks.filter(({ id }) => running.has(id)), ...tasks.filter(({ id }) => !running.has(id))];
  return { seconds: makespan(ordered, Math.max(1, workers, running.size)), untimed };
}
