import { closeSync } from 'node:fs';
import { describeErrno } from './errno.ts';
import { ExitCode, messageOf, systemCodeOf, UserError } from './errors.ts';

/** An error of a system call, as Node throws it: with the call's name and the error's number. */
export type SystemError = NodeJS.ErrnoException & {
  readonly errno: number;
  readonly syscall: string;
};

export const isSystemError = (error: unknown): error is SystemError =>
  error instanceof Error &&
  'errno' in error &&
  typeof error.errno === 'number' &&
  'syscall' in error &&
  typeof error.syscall === 'string';

interface Answer {
  readonly exitCode: ExitCode;
  /** What is the matter and how to fix it. */
  readonly advice: string;
}
interface Rule {
  readonly codes: readonly string[];
  readonly write: Answer;
  readonly read: Answer;
}

const both = (exitCode: ExitCode, advice: string, ...codes: string[]): Rule => ({
  codes,
  write: { exitCode, advice },
  read: { exitCode, advice },
});

const again = 'run the same command again';
const { cannotCreate, io, noInput, noPermission, unavailable } = ExitCode;

/** What each error of a system call means for the person at the terminal; docs/exit-codes.md lists the codes. */
const rules: readonly Rule[] = [
  both(io, `the disk is full: free some space and ${again}`, 'ENOSPC'),
  both(io, `the disk quota is used up: free some space or ask for more, and ${again}`, 'EDQUOT'),
  both(io, 'no file may be that large here: see `ulimit -f` and the file system', 'EFBIG'),
  both(unavailable, `too many files are open: raise the limit (ulimit -n) and ${again}`, 'EMFILE', 'ENFILE'),
  both(unavailable, `there is not enough memory: free some and ${again}`, 'ENOMEM', 'ENOBUFS'),
  both(unavailable, `it is in use: wait and ${again}`, 'EAGAIN', 'EBUSY', 'EINTR', 'ETXTBSY', 'ENOLCK', 'EDEADLK'),
  {
    codes: ['EACCES', 'EPERM'],
    write: {
      exitCode: cannotCreate,
      advice: 'the folder cannot be written: give write permission or choose another',
    },
    read: { exitCode: noPermission, advice: 'it may not be read: give read permission' },
  },
  both(cannotCreate, 'the folder cannot be written: give write permission or choose another', 'EROFS'),
  {
    codes: ['ENOENT'],
    write: { exitCode: io, advice: `its folder is missing: restore it and ${again}` },
    read: { exitCode: noInput, advice: 'there is no such file' },
  },
  {
    codes: ['ENOTDIR', 'EEXIST'],
    write: {
      exitCode: io,
      advice: 'a file stands where a folder should be: choose another place',
    },
    read: { exitCode: noInput, advice: 'there is no such file: a part of its path is no folder' },
  },
  {
    codes: ['EISDIR', 'ENOTEMPTY'],
    write: {
      exitCode: io,
      advice: 'a folder stands where a file should be: choose another place',
    },
    read: { exitCode: noInput, advice: 'it is a folder: name a file' },
  },
  {
    codes: ['ENAMETOOLONG', 'ELOOP', 'EILSEQ'],
    write: { exitCode: cannotCreate, advice: 'the file system takes no such name: choose another' },
    read: { exitCode: noInput, advice: 'the file system takes no such name: name another' },
  },
  both(
    cannotCreate,
    'the file system cannot do that: choose a folder on another',
    'ENOSYS',
    'ENOTSUP',
    'EOPNOTSUPP',
    'EXDEV',
    'EMLINK',
    'EINVAL',
  ),
];

/** A lost disk or share, a disk that fails, and whatever else the system may say. */
const otherwise: Answer = {
  exitCode: io,
  advice: `the disk or network share failed: check it and ${again}`,
};

function answerTo(error: unknown, doing: 'read' | 'write'): Answer {
  const code = systemCodeOf(error);
  if (!isSystemError(error) && code === undefined) return { exitCode: io, advice: messageOf(error) };
  return rules.find(({ codes }) => codes.includes(code ?? ''))?.[doing] ?? otherwise;
}

/** Errors that the advice explains completely. */
const plain = new Set(['ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'ENOENT', 'ENOTDIR', 'EEXIST', 'EISDIR']);

/** ` [EIO: i/o error, fsync]`, for whoever has to look for the cause. */
function cause(error: unknown): string {
  if (!isSystemError(error) || plain.has(systemCodeOf(error) ?? '')) return '';
  const [name, text] = describeErrno(error.errno);
  return ` [${name}: ${text}, ${error.syscall}]`;
}

const failure = (doing: 'read' | 'write', file: string, error: unknown): UserError => {
  if (error instanceof UserError) return error;
  const { exitCode, advice } = answerTo(error, doing);
  return new UserError(`cannot ${doing} ${file}: ${advice}${cause(error)}`, exitCode, {
    cause: error,
  });
};

/** Turns a failed write into one clear line that says how to fix it; an error for the user stays as it is. */
export const toWriteError = (file: string, error: unknown): UserError => failure('write', file, error);

/** Turns a failed read into one clear line that says how to fix it; an error for the user stays as it is. */
export const readFailure = (file: string, error: unknown): UserError => failure('read', file, error);

/** System calls that only look; a file that cannot be opened was most likely to be read. */
const reading = new Set([
  'access',
  'fstat',
  'lstat',
  'open',
  'opendir',
  'read',
  'readlink',
  'realpath',
  'scandir',
  'stat',
  'statfs',
]);

/**
 * The error for the user that any error of a system call stands for, undefined for what is none: so that none ends a
 * command as a fault of its own.
 */
export function userErrorOf(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (!isSystemError(error)) return undefined;
  const { path, syscall } = error;
  const { dest } = error as { dest?: unknown };
  const file = typeof dest === 'string' ? dest : (path ?? 'a file');
  if (!/^[a-z]+$/.test(syscall) || syscall === 'connect' || syscall === 'kill')
    return new UserError(messageOf(error), answerTo(error, 'read').exitCode, { cause: error });
  return reading.has(syscall) ? readFailure(file, error) : toWriteError(file, error);
}

/** Does `work` on an open file; an error of the system, which then names none, gets its path. */
export function withPath<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isSystemError(error)) error.path ??= path;
    throw error;
  }
}

/** Closes a file; an error, such as that of a write that the system had put off, gets its path. */
export function closeFile(path: string, handle: number): void {
  withPath(path, () => {
    closeSync(handle);
  });
}
