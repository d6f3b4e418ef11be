/** The schedule of a trial, in epochs. */
export interface Schedule {
  readonly epochs: number;
  /** Epochs between evaluations. */
  readonly every: number;
  readonly warmupEpochs: number;
}

const MAX_HALVINGS = 3;

/** How often a group of trials with the same schedule is halved. */
const countHalvings = (members: number): number => Math.min(MAX_HALVINGS, Math.ceil(Math.log2(Math.max(1, members))));

/** How many of `members` trials continue after rung number `rung` (from 0). */
export const countSurvivors = (members: number, rung: number): number => Math.ceil(members / 2 ** (rung + 1));

/**
 * The rungs of a group of trials with the same schedule: the epochs at which they are compared, at 1/8, 1/4 and 1/2 of the schedule
 * and at its end. Smaller groups have fewer rungs. A rung is always at an evaluation of the run, after the warm-up.
 */
export function planRungs({ epochs, every, warmupEpochs }: Schedule, members: number): number[] {
  const n = countHalvings(members);
  const exact = Array.from({ length: n }, (_, i) => epochs / 2 ** (n - i));
  const rounded = exact.map((rung) => Math.ceil(rung / every - 1e-9) * every);
  const useful = rounded.filter((rung) => rung > warmupEpochs && rung < epochs - 1e-9);
  return [...new Set([...useful, epochs])];
}

/** The maximum number of epochs of successive halving: all trials to the first rung, half of them to the second, and so on. */
export function halvingEpochs(rungs: readonly number[], members: number): number {
  return rungs.reduce((sum, rung, i) => {
    const trained = i === 0 ? members : countSurvivors(members, i - 1);
    return sum + trained * (rung - (rungs[i - 1] ?? 0));
  }, 0);
}
