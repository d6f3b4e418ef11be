import type { DatasetIndex } from '../../data/dataset.ts';
import type { FolderOptions } from '../../data/sources/folder.ts';
import type { HoldOut } from '../../data/sources/hold-out.ts';
import { openSource } from '../../data/sources/source.ts';
import { printMessage } from '../output.ts';

/** The options of the data commands for reading a folder. */
export interface FolderArguments extends FolderOptions {
  readonly holdOut: HoldOut | undefined;
}

/** Opens the dataset at a path of the command line, and prints its warnings on stderr. */
export function openDatasetAt(path: string, { holdOut, ...options }: FolderArguments): DatasetIndex {
  const { validation, labels } = options;
  const data = openSource(path, holdOut, { validation, labels });
  for (const warning of data.warnings ?? []) printMessage(`warning: ${warning}`);
  return data;
}
