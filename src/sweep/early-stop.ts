import { ExitCode, UserError } from '../base/errors.ts';
import { removeFile, replaceFile } from '../base/files/files.ts';
import { statIfExists } from '../base/files/stat.ts';
import { initialWeightsOf } from '../config/initial-weights.ts';
import { hashOfJson } from '../base/json.ts';
import type { FlopsLimit } from '../results/flops-limit.ts';
import { runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';
import { readIfExists } from './folder.ts';
import { measuredAgainstLevel, resultOf, type SweepPlace } from './result.ts';

type Cheapest = FlopsLimit['cheapest'];

/** The compute of finished runs to their level; null if they did not reach it. Results never change, so each is read once. */
const knownCompute = new WeakMap<PlannedRun, { dir: string; compute: Cheapest | null }>();
const levelHashes = new WeakMap<PlannedRun, string>();

/** The hash of a run's level. Runs are compared only with runs that have the same level. */
function levelHash(run: PlannedRun): string {
  const hash = levelHashes.get(run) ?? hashOfJson(run.level);
  levelHashes.set(run, hash);
  return hash;
}

/** The compute of a run to its level; null if it has no result or did not reach the level. */
function computeToLevel(place: SweepPlace, run: PlannedRun): Cheapest | null {
  const { dir } = place;
  const known = knownCompute.get(run);
  if (known?.dir === dir) return known.compute;
  const measurement = readResult(place, run);
  if (measurement === undefined) return null;
  const { crossing } = measuredAgainstLevel(run, measurement);
  const compute = crossing && { run: run.id, network: run.network, flops: crossing.flops };
  knownCompute.set(run, { dir, compute });
  return compute;
}

function readResult(place: SweepPlace, run: PlannedRun): ReturnType<typeof resultOf> {
  try {
    return resultOf(place, run);
  } catch (error) {
    // A damaged result gives no limit. The error is reported when the result is copied to the store.
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/** Whether a run may stop early. Anchors, and runs with `stopAt: end`, train to the end. */
const mayEndEarly = ({ plan }: SweepPlace, { anchor, id, config, level }: PlannedRun): boolean =>
  plan.earlyStop !== null && level !== null && anchor !== id && config.stopAt === 'level';

/** The hash of a run's initial weights; undefined for random weights. Compute is comparable only from the same weights on. */
const initialWeightsHash = ({ config }: PlannedRun): string | undefined => initialWeightsOf(config.recipe)?.sha256;

/** The hash of a run's images. Compute is comparable only on the same images, of any size. */
const imagesHash = ({ config }: PlannedRun): string => hashOfJson({ ...config.data, input: null });

/** Whether the compute of two runs to their level can be compared. */
const areRivals = (a: PlannedRun, b: PlannedRun): boolean =>
  levelHash(a) === levelHash(b) && initialWeightsHash(a) === initialWeightsHash(b) && imagesHash(a) === imagesHash(b);

/** The limit of a run by the rule `cheapestSoFar`; undefined if the run may not stop early, or no rival has reached the level. */
function computeLimit(place: SweepPlace, run: PlannedRun): FlopsLimit | undefined {
  const { earlyStop, runs } = place.plan;
  if (earlyStop === null || !mayEndEarly(place, run)) return undefined;
  const rivals = runs.filter((other) => other !== run && areRivals(other, run));
  const reached = rivals.flatMap((other) => computeToLevel(place, other) ?? []);
  const [cheapest] = reached.sort((a, b) => a.flops - b.flops);
  return cheapest && { ...earlyStop, cheapest, limitFlops: earlyStop.factor * cheapest.flops };
}

/** Several sweeps may write a limit at the same time. This many attempts are enough for one of them to be the last. */
const MAX_ATTEMPTS = 100;

/**
 * Writes the FLOPs limit of a run to `budget.json` in its folder (results/flops-limit.ts). The run reads it at each evaluation.
 * Several sweeps may write at the same time. Each reads all results again after it has written, so the file that stays includes
 * the last result.
 * @throws UserError 73 or 74 if the file cannot be written, 65 if it is a folder.
 */
export function writeLimit(place: SweepPlace, run: PlannedRun): void {
  const file = runPaths(sweepPaths(place.dir).run(run.id)).budget;
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
    const limit = computeLimit(place, run);
    const text = limit && `${JSON.stringify(limit)}\n`;
    if (text === undefined ? statIfExists(file) === undefined : readIfExists(file) === text) return;
    if (text === undefined) removeFile(file);
    else replaceFile(file, [text]);
  }
}

/** Writes the limits of all started runs, also of runs on other machines. Called after a run has finished. @throws UserError 73 or 74. */
export function writeLimits(place: SweepPlace): void {
  const paths = sweepPaths(place.dir);
  for (const run of place.plan.runs) {
    if (!mayEndEarly(place, run)) continue;
    const isStarted = statIfExists(paths.claim(run.id)) !== undefined;
    const isDone = statIfExists(runPaths(paths.run(run.id)).measurement) !== undefined;
    if (isStarted && !isDone) writeLimitIfRegular(place, run);
  }
}

/** A folder in the place of the file makes that run fail when it starts, not the run that has just finished. */
function writeLimitIfRegular(place: SweepPlace, run: PlannedRun): void {
  try {
    writeLimit(place, run);
  } catch (error) {
    if (!(error instanceof UserError) || error.exitCode !== ExitCode.data) throw error;
  }
}
