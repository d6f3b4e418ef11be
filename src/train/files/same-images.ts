import { dataError } from '../../base/errors.ts';
import type { Fingerprint } from '../../data/fingerprint.ts';
import type { RunState } from './run-state.ts';

/**
 * Compares the image files with those with which the run was started; their names and sizes are known to be the same. Returns a
 * warning if their times have changed and not every image was compared.
 * @throws UserError exit code 65 if the contents of an image have changed.
 */
export function compareImages(
  folder: string,
  before: Pick<Fingerprint, 'times' | 'contents'>,
  now: Fingerprint,
): string | undefined {
  if (before.contents !== now.contents) {
    throw dataError(
      `${folder} was started with different images: files with the same names and sizes now have different contents; ` +
        `restore the original images, or start a new run in another folder`,
    );
  }
  if (before.times === now.times || now.compared === now.images) return undefined;
  return `the times of the image files have changed since the run was started: ${now.compared} of ${now.images} images were compared, and all are unchanged`;
}

/** The part of a fingerprint that checkpoints store. */
export const toDataFiles = (images: Fingerprint | undefined): RunState['dataFiles'] =>
  images && { times: images.times, contents: images.contents };
