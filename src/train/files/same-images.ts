import { dataError } from '../../base/errors.ts';
import type { Fingerprint } from '../../data/fingerprint.ts';
import type { RunState } from './run-state.ts';

/**
 * Holds the image files that a run finds against those it was started with; their names and sizes are the same. Returns a
 * warning where their times have changed and not every image could be compared.
 * @throws UserError exit code 65 where images have other contents.
 */
export function compareImages(
  folder: string,
  before: Pick<Fingerprint, 'times' | 'contents'>,
  now: Fingerprint,
): string | undefined {
  if (before.contents !== now.contents) {
    throw dataError(
      `${folder} was started with other images: files with the same names and sizes have other contents now; ` +
        `put the earlier images back, or start a new run in another folder`,
    );
  }
  if (before.times === now.times || now.compared === now.images) return undefined;
  return `the image files have other times than when the run was started: ${now.compared} of ${now.images} images were compared, and all are the same`;
}

/** What a checkpoint keeps of the image files. */
export const filesOf = (images: Fingerprint | undefined): RunState['dataFiles'] =>
  images && { times: images.times, contents: images.contents };
