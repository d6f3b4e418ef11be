import { packageFile } from '../base/home.ts';
import type { Command } from '../sweep/child.ts';

const cli = packageFile('src/cli/doubletime.mjs');

/** `doubletime ARGS`, by the Node that runs now. */
export const doubletime = (...args: readonly string[]): Command => ({
  file: process.execPath,
  args: [cli, ...args],
});

/** How a run of a sweep is started. */
export const trainCommand = (runFile: string, folder: string): Command => doubletime('train', runFile, '--dir', folder);
