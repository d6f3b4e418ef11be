import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder, writeFailure } from '../base/files.ts';
import { runPaths } from '../results/run-folder.ts';

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
export const hasBegun = ({ mark, measurement, checkpoints }: RunFolder): boolean =>
  existsSync(mark) || existsSync(measurement) || readdirSync(checkpoints).length > 0;

/** Taking a lock is a matter of milliseconds: a file that somebody prepared for it so long ago is left over. */
const LOCKING_MS = 60_000;

function isLeftover(path: string, name: string): boolean {
  if (name.endsWith('.tmp')) return true;
  if (!/^lock\.\w+\.new$/.test(name)) return false;
  // A process that was refused takes its own away, perhaps just now.
  const stat = statSync(join(path, name), { throwIfNoEntry: false });
  return stat !== undefined && Date.now() - stat.mtimeMs > LOCKING_MS;
}

/** Removes what a process that was killed while writing left under temporary names. Only with the lock held. */
export function removeLeftovers(folder: RunFolder): void {
  for (const path of [folder.path, folder.checkpoints])
    for (const name of readdirSync(path))
      if (isLeftover(path, name)) rmSync(join(path, name), { force: true });
}
