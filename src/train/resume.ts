import { dataError, ExitCode, UserError } from '../base/errors.ts';
import { formatCount } from '../base/text/format.ts';
import type { RunConfig } from '../config/run.ts';
import type { DataDescription, Dataset } from '../data/batch.ts';
import type { Engine } from '../engine/engine.ts';
import type { Ledger } from './accounting/ledger.ts';
import { workSince } from './accounting/wasted.ts';
import type { CleanupStack } from './failures/cleanup-stack.ts';
import type { Checkpoints } from './files/checkpoints.ts';
import { fitsConfig } from './files/reconcile.ts';
import type { RunFolder } from './files/run-folder.ts';
import { initialRunState, type RunState } from './files/run-state.ts';
import { compareImages, toDataFiles } from './files/same-images.ts';
import { readStepMark, type StepMark, StepMarkFile } from './files/step-mark.ts';
import { checkpointScore, isBestPoint, type RunPlan } from './plan.ts';
import type { RunLog } from './watch/run-log.ts';

/** The parts that are needed to resume a run where its last process stopped. */
export interface ResumeParts {
  readonly config: RunConfig;
  readonly folder: RunFolder;
  readonly checkpoints: Checkpoints;
  readonly plan: RunPlan;
  readonly engine: Engine;
  readonly images: Dataset;
  readonly runLog: RunLog;
  readonly cleanup: CleanupStack;
  /** @throws UserError if this process has lost the lock of the folder. */
  readonly requireHeld: () => void;
}

/** The error if the dataset has changed. A measurement describes one dataset, so a run must not be resumed with another one. */
const changedImagesError = (folder: string, data: DataDescription): UserError =>
  dataError(
    `${folder} was started with different images: ${data.name} now has ${data.trainExamples} training images and ` +
      `${data.validationExamples} validation images; undo what was added, removed or changed, or start a new run in another folder`,
  );

/**
 * Loads the newest intact checkpoint into the engine. Without a checkpoint, the run is new.
 * @throws UserError exit code 78 if the checkpoint has another config; 65 if the images have changed or no checkpoint is intact.
 */
export function restoreRun(parts: ResumeParts): { state: RunState; isNew: boolean } {
  const { config, folder, checkpoints, plan, engine, images, runLog } = parts;
  const data = images.description;
  const files = images.fingerprint?.();
  const dataFiles = toDataFiles(files);
  const found = checkpoints.findNewest();
  if (!found) return { state: initialRunState(new Date(), data.sha256, dataFiles), isNew: true };
  for (const warning of found.warnings) runLog.warn(warning);
  const { checkpoint, file } = found;
  if (!fitsConfig(checkpoint.configHash, config))
    throw new UserError(
      `${file} belongs to a run with a different config: start a new run in another folder`,
      ExitCode.config,
    );
  const { dataSha256 = data.sha256 } = checkpoint.state;
  if (dataSha256 !== data.sha256) throw changedImagesError(folder.path, data);
  const { dataFiles: before } = checkpoint.state;
  const changed = files && before && compareImages(folder.path, before, files);
  if (changed !== undefined) runLog.warn(changed);
  engine.writeState(checkpoint.tensors);
  const state = { ...checkpoint.state, best: bestAccuracy(parts, checkpoint.state) };
  if (isBestPoint(plan, state)) checkpoints.keepAsBest(file);
  runLog.note(`resuming after step ${checkpoint.state.ledger.steps} from ${file}`);
  return { state: { ...state, dataSha256, ...(dataFiles && { dataFiles }) }, isNew: false };
}

/**
 * The best accuracy of all evaluations. If an extension has changed the metric of the level, it is that of the checkpoint that is kept
 * as the best, because a better one of an earlier step is gone.
 */
function bestAccuracy({ plan, checkpoints }: ResumeParts, { best, curve }: RunState): number | null {
  const scores = curve.map((point) => checkpointScore(plan, point));
  if (best === null || Math.max(...scores) === best) return best;
  const step = checkpoints.bestStep();
  const kept = curve.findIndex(({ steps }) => steps === step);
  return scores[kept] ?? null;
}

/**
 * Adds the steps that a crash lost after the checkpoint to the wasted work, and writes that to the mark before any step is repeated.
 * Returns the opened mark.
 */
export function accountLostSteps(parts: ResumeParts, ledger: Ledger, { ledger: saved }: RunState): StepMarkFile {
  const { folder, runLog, cleanup, requireHeld } = parts;
  const before = readMark(parts);
  const mark = new StepMarkFile(folder.mark, requireHeld);
  cleanup.add(() => {
    mark.close();
  });
  if (before) {
    const seconds = Object.values(saved.seconds).reduce((sum, part) => sum + part, 0);
    const lost = Math.max(0, before.step - saved.steps);
    // The mark also contains the work that was wasted after the checkpoint was written.
    ledger.addWasted(workSince(before.wasted, saved.wasted));
    ledger.addWastedSteps({
      from: saved.steps,
      to: saved.steps + lost,
      seconds: lost > 0 ? Math.max(0, before.seconds - seconds) : 0,
    });
    if (lost > 0) runLog.note(`lost ${formatCount(lost, 'step')} after that checkpoint, which count as wasted work`);
  }
  mark.write({ step: saved.steps, seconds: ledger.totalSeconds, wasted: ledger.wasted });
  mark.sync();
  return mark;
}

/** Reads the mark of the last process. A mark beyond the run's last step is not from this run; it is ignored with a warning. */
function readMark({ folder, plan, runLog }: ResumeParts): StepMark | undefined {
  const mark = readStepMark(folder.mark);
  if (mark === undefined || mark.step <= plan.steps) return mark;
  runLog.warn(`${folder.mark} is ignored: its step is ${mark.step}, expected at most ${plan.steps}`);
  return undefined;
}
