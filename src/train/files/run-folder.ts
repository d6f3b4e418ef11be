import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { isThere, makeFolder, writeFailure } from '../../base/files.ts';
import { removeLockLeftovers } from '../../base/lock-file.ts';
import { runPaths, type RunPaths } from '../../results/run-folder.ts';

/** A run's folder with the paths in it. */
export interface RunFolder extends RunPaths {
  readonly path: string;
}

export const runFolder = (path: string): RunFolder => ({ ...runPaths(path), path });

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
export const hasStarted = ({ mark, measurement, checkpoints }: RunFolder): boolean =>
  isThere(mark) || isThere(measurement) || readdirSync(checkpoints).length > 0;

/** Removes what processes that were killed have left under temporary names. Only with the lock held. */
export function removeLeftovers(folder: RunFolder): void {
  removeLockLeftovers(folder.lock);
  for (const path of [folder.path, folder.checkpoints])
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.name.endsWith('.tmp') && !entry.isDirectory()) removeTemporary(join(path, entry.name));
}

function removeTemporary(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch (error) {
    throw writeFailure(file, error);
  }
}
