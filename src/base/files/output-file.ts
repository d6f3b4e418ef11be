import { readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import { dataError, type UserError } from '../errors.ts';
import { toWriteError } from '../system/system-error.ts';
import { notRegular } from './regular-file.ts';
import { lstatIfExists, statIfExists } from './stat.ts';

/** The folders with the open files of a process: `/dev/stdout` is a link into one. */
const OPEN_FILES = /^(\/proc\/\d+(\/task\/\d+)?\/fd|\/dev\/fd)$/;

/**
 * The file to write for an output path: the path, or the file that it names as a link, which may still be missing.
 * @param advice what to do about the standard output.
 * @throws UserError exit code 65 if a folder, device, FIFO or socket is there, or the standard output; 73 if links lead in a circle.
 */
export function outputFile(path: string, advice = 'name another file'): string {
  try {
    const stat = statIfExists(path);
    const target = followLinks(path, advice);
    if (stat?.isFile() === false) throw notRegular(path, stat);
    return target;
  } catch (error) {
    throw toWriteError(path, error);
  }
}

/** The links must not lead in a circle. */
function followLinks(path: string, advice: string): string {
  for (let file = path; ;) {
    const stat = lstatIfExists(file);
    if (stat === undefined) return file;
    const folder = realpathSync.native(dirname(file));
    if (OPEN_FILES.test(folder)) throw openFile(path, basename(file), advice);
    if (!stat.isSymbolicLink()) return file;
    const target = readlinkSync(file);
    // Not `join`: it removes `..` as text, and the part before it may be a link.
    file = isAbsolute(target) ? target : `${folder}/${target}`;
  }
}

function openFile(path: string, descriptor: string, advice: string): UserError {
  const what = descriptor === '1' ? 'the standard output' : 'an open file of a process';
  return dataError(`${path} is ${what}, expected a regular file: ${advice}`);
}
