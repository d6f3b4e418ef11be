import { statSync } from 'node:fs';
import { formatBytes, formatCount } from '../base/format.ts';
import { ExitCode, UserError } from '../base/errors.ts';
import { buildPack } from '../data/pack/build.ts';
import { openDatasetAt } from './data-source.ts';
import type { FolderArguments } from './data-source.ts';
import { describeSkipped } from '../results/skipped.ts';
import { showItemProgress, workerCount } from './data-progress.ts';
import { printMessage } from './output.ts';

interface PackRequest extends FolderArguments {
  readonly source: string;
  readonly out: string;
  readonly size: number | null;
  readonly resize: 'shorter' | 'box' | 'none';
  readonly store: 'raw' | 'jpeg';
  readonly onBadImage: 'stop' | 'skip';
  readonly workers: number | undefined;
}

/**
 * `doubletime data pack`: writes a pack with a progress bar and prints a summary.
 * @throws UserError exit code 64 for a wrong option; 75 after SIGINT or SIGTERM, then the same command resumes.
 */
export async function pack(request: PackRequest): Promise<void> {
  const { size, resize, store, onBadImage, out: file } = request;
  if (file.endsWith('/')) {
    throw new UserError(`--out is "${file}", expected the name of a file, not of a folder`, ExitCode.usage);
  }
  const workers = workerCount(request.workers);
  const data = openDatasetAt(request.source, request);
  const bar = showItemProgress('packing');
  let stoppedBy: NodeJS.Signals | undefined;
  const stop = (signal: NodeJS.Signals): void => {
    stoppedBy = signal;
  };
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const progress = (done: number, total: number): void => {
    bar.update(done, total);
    if (stoppedBy !== undefined) throw stoppedError(stoppedBy, file);
  };
  try {
    const options = { file, size, resize, store, onBadPicture: onBadImage, workers, progress };
    const header = await buildPack(data, options);
    bar.stop();
    for (const { reason } of header.skipped) printMessage(`left out: ${reason}`);
    const skipped = describeSkipped(header);
    if (skipped !== undefined) printMessage(skipped);
    process.stdout.write(
      `${file}: ${header.train} training and ${header.validation} validation images of ${formatCount(header.classes.length, 'class')}, ` +
        `${header.skipped.length} left out, ${formatBytes(statSync(file).size)}\n`,
    );
  } finally {
    bar.stop();
    process.off('SIGINT', stop).off('SIGTERM', stop);
  }
}

const stoppedError = (signal: NodeJS.Signals, file: string): UserError =>
  new UserError(`packing ${file} was stopped by ${signal}: run the same command again to resume`, ExitCode.tryAgain);
