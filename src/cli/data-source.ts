import type { DatasetIndex } from '../data/dataset.ts';
import type { FolderOptions } from '../data/sources/folder.ts';
import type { HoldOut } from '../data/sources/hold-out.ts';
import { openSource } from '../data/sources/source.ts';

/** How the commands are told to read a folder. */
export interface FolderArguments extends FolderOptions {
  readonly holdOut: HoldOut | undefined;
}

/** Opens the dataset at a path of the command line, and says on stderr what there is to know about it. */
export function openGiven(path: string, { holdOut, ...options }: FolderArguments): DatasetIndex {
  const { validation, labels } = options;
  const data = openSource(path, holdOut, { validation, labels });
  for (const warning of data.warnings ?? []) process.stderr.write(`warning: ${warning}\n`);
  return data;
}
