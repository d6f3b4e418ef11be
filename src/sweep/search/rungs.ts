/** A trial before its first step: how long its schedule is, and how often it is evaluated, in epochs. */
export interface Schedule {
  readonly epochs: number;
  /** Epochs between evaluations. */
  readonly every: number;
  readonly warmupEpochs: number;
}

const MAX_HALVINGS = 3;

/** How often a group of trials with one schedule is halved. */
const halvings = (members: number): number => Math.min(MAX_HALVINGS, Math.ceil(Math.log2(Math.max(1, members))));

/** How many of `members` go on beyond each rung but the last. */
export const survivors = (members: number, rung: number): number => Math.ceil(members / 2 ** (rung + 1));

/**
 * The epochs at which a group of trials with one schedule is compared: 1/8, 1/4 and 1/2 of the schedule, and its end.
 * Smaller groups have fewer rungs. Each is an evaluation that the run has anyway, after the warm-up.
 */
export function rungsOf({ epochs, every, warmupEpochs }: Schedule, members: number): number[] {
  const n = halvings(members);
  const parts = Array.from({ length: n }, (_, i) => epochs / 2 ** (n - i));
  const rounded = parts.map((part) => Math.ceil(part / every - 1e-9) * every);
  const useful = rounded.filter((rung) => rung > warmupEpochs && rung < epochs - 1e-9);
  return [...new Set([...useful, epochs])];
}

/** The epochs that successive halving trains at most: every trial to the first rung, half of them to the second, and so on. */
export function halvingEpochs(rungs: readonly number[], members: number): number {
  return rungs.reduce((sum, rung, i) => {
    const trained = i === 0 ? members : survivors(members, i - 1);
    return sum + trained * (rung - (rungs[i - 1] ?? 0));
  }, 0);
}
