import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, removeFile, withWriteErrors } from '../../base/files.ts';
import { removeLockLeftovers } from '../../base/lock-file.ts';
import { pathExists } from '../../base/stat.ts';
import { runPaths, type RunPaths } from '../../results/run-folder.ts';

/** The paths of a run's folder and of all its files. */
export interface RunFolder extends RunPaths {
  readonly path: string;
}

export const runFolder = (path: string): RunFolder => ({ ...runPaths(path), path });

/** Creates the folders of a run. @throws UserError exit code 73 if they cannot be written. */
export function makeFolders(folder: RunFolder): void {
  withWriteErrors(folder.path, () => {
    makeFolder(folder.checkpoints);
    makeFolder(folder.tensorboard);
  });
}

/** Whether a run has reached its first step. Before that, its config may still change. */
export const hasStarted = ({ mark, measurement, checkpoints }: RunFolder): boolean =>
  pathExists(mark) || pathExists(measurement) || readdirSync(checkpoints).length > 0;

/** Removes the temporary files of killed processes. The caller must hold the lock. */
export function removeLeftovers(folder: RunFolder): void {
  removeLockLeftovers(folder.lock);
  for (const path of [folder.path, folder.checkpoints])
    for (const entry of readdirSync(path, { withFileTypes: true }))
      if (entry.name.endsWith('.tmp') && !entry.isDirectory()) removeFile(join(path, entry.name));
}
