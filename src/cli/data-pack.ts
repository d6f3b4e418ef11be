import { statSync } from 'node:fs';
import { buildPack } from '../data/pack-build.ts';
import { openSource } from '../data/source.ts';
import { bytesInWords, progressBar, workerCount } from './data-progress.ts';

interface PackRequest {
  readonly source: string;
  readonly out: string;
  readonly size: number | null;
  readonly resize: 'shorter' | 'box' | 'none';
  readonly store: 'raw' | 'jpeg';
  readonly onBadPicture: 'stop' | 'skip';
  readonly workers: number | undefined;
}

/** `doubletime data pack`: packs with a progress bar and says what came out. */
export async function pack(request: PackRequest): Promise<void> {
  const { size, resize, store, onBadPicture, out: file } = request;
  const data = openSource(request.source);
  const bar = progressBar('packing');
  const workers = workerCount(request.workers);
  try {
    const options = { file, size, resize, store, onBadPicture, workers, progress: bar.update };
    const header = await buildPack(data, options);
    bar.stop();
    for (const { reason } of header.skipped) process.stderr.write(`left out: ${reason}\n`);
    process.stdout.write(
      `${file}: ${header.train} training and ${header.validation} validation pictures of ${header.classes.length} classes, ` +
        `${header.skipped.length} left out, ${bytesInWords(statSync(file).size)}\n`,
    );
  } finally {
    bar.stop();
  }
}
