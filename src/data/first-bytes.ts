import { UserError } from '../base/errors.ts';
import { formatCount } from '../base/text/format.ts';
import { shellQuote } from '../base/text/shell.ts';
import { detectFormat } from './decode/formats.ts';
import { readAt, withRegularFile } from './file.ts';
import { Inspector } from './inspect/inspector.ts';
import { permutation, Purpose, RandomSequence } from './random.ts';
import { type FileStore, imageName, type Split } from './store.ts';

/** The limits of the check of a split, so that a run on a million files or on a slow network share starts without delay. */
const MAX_FILES = 5000;
const MAX_MILLISECONDS = 1000;
/** The first bytes of a file that tell its format (decode/formats.ts). */
const HEAD_BYTES = 256;

/**
 * Checks the first bytes of image files, so that a file that is not an image is found before the first step. In each split, it
 * checks up to 5000 files, spread over all classes, for at most one second. Decoding finds other bad files, and damage after the first
 * bytes.
 * @throws UserError with the first file that is not an image (exit code 65) or cannot be read (74 or 77).
 */
export async function refuseNonImages(splits: readonly Split[]): Promise<void> {
  for (const { store, indices } of splits) {
    if (store.kind === 'files') await refuseSuspects(store, findSuspects(store, indices));
  }
}

/** The checked images, in their order, with first bytes of no supported format, or that cannot be read. */
function findSuspects(store: FileStore, indices: Int32Array): number[] {
  const count = Math.min(MAX_FILES, indices.length);
  const end = performance.now() + MAX_MILLISECONDS;
  const suspects: number[] = [];
  for (const i of permutation(count, new RandomSequence(0, Purpose.part, 0, 0))) {
    if (performance.now() > end) break;
    const image = indices[Math.floor((i * indices.length) / count)]!;
    if (!hasKnownFormat(imageName(store, image))) suspects.push(image);
  }
  return suspects.sort((a, b) => a - b);
}

function hasKnownFormat(file: string): boolean {
  try {
    return withRegularFile(file, (handle, size) => {
      const head = Buffer.allocUnsafe(Math.min(HEAD_BYTES, size));
      readAt(handle, head, 0);
      return detectFormat(head) !== undefined;
    });
  } catch {
    // The inspection reports why the file cannot be read.
    return false;
  }
}

/** Decodes the suspects until one is bad. @throws UserError as `refuseNonImages`. */
async function refuseSuspects(store: FileStore, suspects: readonly number[]): Promise<void> {
  const inspector = new Inspector({ store, task: { kind: 'decode' } });
  try {
    for (const [i, image] of suspects.entries()) {
      const result = await inspector.inspect(image);
      if (result.kind === 'bad')
        throw new UserError(`${result.message}${describeOthers(store, suspects.length - i - 1)}`, result.exitCode);
    }
  } finally {
    inspector.close();
  }
}

const describeOthers = ({ folder }: FileStore, count: number): string =>
  count === 0
    ? ''
    : ` (${formatCount(count, 'more file')} may be bad: \`doubletime data check ${shellQuote(folder)}\` lists all)`;
