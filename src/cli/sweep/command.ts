import { packageFile } from '../../base/files/home.ts';
import type { Command } from '../../sweep/processes/child.ts';

const cli = packageFile('src/cli/doubletime.mjs');

/** The command `doubletime ARGS`, with the Node that runs this process. */
export const doubletimeCommand = (...args: readonly string[]): Command => ({
  file: process.execPath,
  args: [cli, ...args],
});

/** The command that starts or resumes one run of a sweep. */
export const trainRunCommand = (runFile: string, folder: string): Command =>
  doubletimeCommand('train', runFile, '--dir', folder);
