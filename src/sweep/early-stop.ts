import { UserError } from '../base/errors.ts';
import { removeFile, writeFileAtomic } from '../base/files.ts';
import { initialWeightsOf } from '../config/initial-weights.ts';
import { hashOfJson } from '../base/json.ts';
import type { FlopsLimit } from '../results/flops-limit.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';
import { readIfExists, statIfExists } from './folder.ts';
import { measuredAgainstLevel, resultOf, type SweepPlace } from './result.ts';

type Cheapest = FlopsLimit['cheapest'];

/** The compute of finished runs to their level; null if they did not reach it. Results never change, so each is read once. */
const knownCompute = new WeakMap<PlannedRun, { dir: string; need: Cheapest | null }>();
/** Runs are compared only with runs of the same level. */
const levels = new WeakMap<PlannedRun, string>();

function levelOf(run: PlannedRun): string {
  const known = levels.get(run) ?? hashOfJson(run.level);
  levels.set(run, known);
  return known;
}

function computeToLevel(place: SweepPlace, run: PlannedRun): Cheapest | null {
  const { dir } = place;
  const known = knownCompute.get(run);
  if (known?.dir === dir) return known.need;
  const measurement = readResult(place, run);
  if (measurement === undefined) return null;
  const { crossing } = measuredAgainstLevel(run, measurement);
  const need = crossing && { run: run.id, network: run.network, flops: crossing.flops };
  knownCompute.set(run, { dir, need });
  return need;
}

function readResult(place: SweepPlace, run: PlannedRun): ReturnType<typeof resultOf> {
  try {
    return resultOf(place, run);
  } catch (error) {
    // A damaged result sets no limit; it is reported when it is copied to the store.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Whether a run may stop early. Anchors, and runs that continue after their level, train to the end. */
const mayEndEarly = ({ plan }: SweepPlace, { anchor, id, config, level }: PlannedRun): boolean =>
  plan.earlyStop !== null && level !== null && anchor !== id && config.stopAt === 'level';

/** The hash of the weights that a run starts from: runs that start elsewhere spent other compute before. */
const startOf = ({ config }: PlannedRun): string | undefined => initialWeightsOf(config.recipe)?.sha256;

function limitFor(place: SweepPlace, run: PlannedRun): FlopsLimit | undefined {
  const { earlyStop, runs } = place.plan;
  if (earlyStop === null || !mayEndEarly(place, run)) return undefined;
  const rivals = runs.filter(
    (other) => other !== run && levelOf(other) === levelOf(run) && startOf(other) === startOf(run),
  );
  const reached = rivals.flatMap((other) => computeToLevel(place, other) ?? []);
  const [cheapest] = reached.sort((a, b) => a.flops - b.flops);
  return cheapest && { ...earlyStop, cheapest, limitFlops: earlyStop.factor * cheapest.flops };
}

/** Other sweeps may write at the same time, but not more often than this. */
const maxAttempts = 100;

/**
 * Writes the FLOPs limit of a run to `budget.json` in its folder (results/flops-limit.ts); the run reads it at each evaluation.
 * Several sweeps may write at the same time. Each reads all results again after it has written, so the last writer knows the last
 * result.
 * @throws UserError 73 or 74
 */
export function writeLimit(place: SweepPlace, run: PlannedRun): void {
  const file = runPaths(sweepPaths(place.dir).run(run.id)).budget;
  for (let attempt = 0; attempt < maxAttempts; attempt++) {
    const limit = limitFor(place, run);
    const text = limit && `${JSON.stringify(limit)}\n`;
    if (text === undefined ? statIfExists(file) === undefined : readIfExists(file) === text) return;
    if (text === undefined) removeFile(file);
    else writeFileAtomic(file, text);
  }
}

/** Writes the limits of all active runs after a run has finished, also of runs on other machines. @throws UserError 73 or 74 */
export function writeLimits(place: SweepPlace): void {
  const paths = sweepPaths(place.dir);
  for (const run of place.plan.runs) {
    if (!mayEndEarly(place, run)) continue;
    const isStarted = statIfExists(paths.claim(run.id)) !== undefined;
    const isDone = statIfExists(runPaths(paths.run(run.id)).measurement) !== undefined;
    if (isStarted && !isDone) writeLimit(place, run);
  }
}
