import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isThere, makeFolder, writeFailure } from '../base/files.ts';
import { removeLockLeftovers } from '../base/lock-file.ts';

/** Where everything of a run lies. */
export interface RunFolder {
  readonly path: string;
  /** The run's YAML as it was given, and the config with all defaults filled in. */
  readonly yaml: string;
  readonly config: string;
  readonly events: string;
  readonly curve: string;
  readonly progress: string;
  readonly mark: string;
  /** The sweep's limit; see results/flops-limit.ts. */
  readonly budget: string;
  readonly lock: string;
  readonly checkpoints: string;
  readonly tensorboard: string;
  readonly measurement: string;
}

export const runFolder = (path: string): RunFolder => ({
  path,
  yaml: join(path, 'run.yaml'),
  config: join(path, 'config.json'),
  events: join(path, 'events.jsonl'),
  curve: join(path, 'curve.jsonl'),
  progress: join(path, 'progress.json'),
  mark: join(path, 'mark.json'),
  budget: join(path, 'budget.json'),
  lock: join(path, 'lock'),
  checkpoints: join(path, 'checkpoints'),
  tensorboard: join(path, 'tensorboard'),
  measurement: join(path, 'measurement.json'),
});

/** Makes the folders. @throws UserError exit code 73 where they cannot be written. */
export function makeFolders(folder: RunFolder): void {
  try {
    makeFolder(folder.checkpoints);
    makeFolder(folder.tensorboard);
  } catch (error) {
    throw writeFailure(folder.path, error);
  }
}

/** Whether a run has come as far as its first step here; until then there is nothing that another config could spoil. */
export const hasBegun = ({ mark, measurement, checkpoints }: RunFolder): boolean =>
  isThere(mark) || isThere(measurement) || readdirSync(checkpoints).length > 0;

/** Removes what processes that were killed have left under temporary names. Only with the lock held. */
export function removeLeftovers(folder: RunFolder): void {
  removeLockLeftovers(folder.lock);
  for (const path of [folder.path, folder.checkpoints])
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.name.endsWith('.tmp') && !entry.isDirectory())
        removeTemporary(join(path, entry.name));
}

function removeTemporary(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(file, error);
  }
}
