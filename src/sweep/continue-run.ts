import { constants, copyFileSync, linkSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fsyncFolder, makeFolder, replaceFile, writeFailure } from '../base/files/files.ts';
import { folderExists, statIfExists } from '../base/files/stat.ts';
import { runFiles, runPaths } from '../results/run-folder.ts';
import { sweepPaths } from '../results/sweep-folder.ts';
import type { PlannedRun } from '../results/sweep-plan.ts';

const filesIn = (folder: string): string[] =>
  folderExists(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.tmp')) : [];

/** Copies a checkpoint. A hard link is enough, because a checkpoint with its final name never changes. */
function linkOrCopy(from: string, to: string): void {
  rmSync(to, { force: true });
  try {
    linkSync(from, to);
  } catch {
    // The file system has no hard links.
    copyFileSync(from, to, constants.COPYFILE_EXCL);
  }
}

function copyIfExists(from: string, to: string): void {
  if (statIfExists(from)?.isFile()) copyFileSync(from, to);
}

/**
 * Prepares the first start of a run that continues another run: copies that run's checkpoints, learning curve and log into its
 * folder. The run then resumes from the last checkpoint, with the same result as an uninterrupted run. Without checkpoints it
 * starts from the beginning, with the same result too. The caller must have claimed the run.
 * @throws UserError 73 or 74 if files cannot be written.
 */
export function adoptCheckpoints(dir: string, { id, continues }: PlannedRun): void {
  if (continues === undefined) return;
  const [from, to] = [continues, id].map((run) => runPaths(sweepPaths(dir).run(run))) as [
    ReturnType<typeof runPaths>,
    ReturnType<typeof runPaths>,
  ];
  const folder = sweepPaths(dir).run(id);
  if (statIfExists(to.continues) !== undefined) return;
  try {
    for (const key of ['checkpoints', 'tensorboard'] as const) {
      makeFolder(to[key]);
      const copy = key === 'checkpoints' ? linkOrCopy : copyIfExists;
      for (const name of filesIn(from[key])) copy(join(from[key], name), join(to[key], name));
      fsyncFolder(to[key]);
    }
    for (const key of ['mark', 'curve', 'events'] as const) copyIfExists(from[key], to[key]);
  } catch (error) {
    throw writeFailure(folder, error);
  }
  replaceFile(to.continues, [`${continues}\n`]);
}

/** Removes the checkpoints of a finished run, to save space. Its measurement and learning curve stay. @throws UserError 73 or 74. */
export function removeCheckpoints(dir: string, id: string): void {
  const { checkpoints, measurement } = runPaths(sweepPaths(dir).run(id));
  if (statIfExists(measurement) === undefined || statIfExists(checkpoints) === undefined) return;
  try {
    rmSync(checkpoints, { recursive: true, force: true });
  } catch (error) {
    throw writeFailure(join(dir, runFiles.checkpoints), error);
  }
}
