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
  /** What is wrong and how to fix it. */
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

/** The exit code and the advice for each error of a system call; docs/exit-codes.md lists the codes. */
const rules: readonly Rule[] = [
  both(io, `the disk is full: free some space and ${again}`, 'ENOSPC'),
  both(io, `the disk quota is used up: free some space or ask for more, and ${again}`, 'EDQUOT'),
  both(
    io,
    'the file is larger than `ulimit -f` or the file system allows: raise the limit or choose another file system',
    'EFBIG',
  ),
  both(unavailable, `too many files are open: raise the limit (ulimit -n) and ${again}`, 'EMFILE', 'ENFILE'),
  both(unavailable, `there is not enough memory: free some and ${again}`, 'ENOMEM', 'ENOBUFS'),
  both(unavailable, `it is in use: wait and ${again}`, 'EAGAIN', 'EBUSY', 'EINTR', 'ETXTBSY', 'ENOLCK', 'EDEADLK'),
  {
    codes: ['EACCES', 'EPERM'],
    write: {
      exitCode: cannotCreate,
      advice: 'the folder cannot be written: give write permission or choose another',
    },
    read: { exitCode: noPermission, advice: 'reading it is not permitted: give read permission' },
  },
  both(cannotCreate, 'the folder cannot be written: give write permission or choose another', 'EROFS'),
  {
    codes: ['ENOENT'],
    write: { exitCode: io, advice: `its folder is missing: restore it and ${again}` },
    read: { exitCode: noInput, advice: 'the file does not exist' },
  },
  {
    codes: ['ENOTDIR', 'EEXIST'],
    write: {
      exitCode: io,
      advice: 'a file is where a folder is expected: choose another path',
    },
    read: { exitCode: noInput, advice: 'the file does not exist: a part of its path is not a folder' },
  },
  {
    codes: ['EISDIR', 'ENOTEMPTY'],
    write: {
      exitCode: io,
      advice: 'a folder is where a file is expected: choose another path',
    },
    read: { exitCode: noInput, advice: 'it is a folder: name a file' },
  },
  {
    codes: ['ENAMETOOLONG', 'ELOOP', 'EILSEQ'],
    write: { exitCode: cannotCreate, advice: 'the file system does not allow this name: choose another' },
    read: { exitCode: noInput, advice: 'the file system does not allow this name: name another' },
  },
  both(
    cannotCreate,
    'the file system cannot do that: choose a folder on another file system',
    'ENOSYS',
    'ENOTSUP',
    'EOPNOTSUPP',
    'EXDEV',
    'EMLINK',
    'EINVAL',
  ),
];

/** For all other errors: a lost disk or share, a disk that fails. */
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

/** ` [EIO: i/o error, fsync]`: the name, text and system call of the error. */
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

/** System calls that only read. A file that cannot be opened was most likely opened for reading. */
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
 * Converts an error of a system call into an error for the user, so that no command reports it as an internal error. Undefined
 * if it is not an error of a system call.
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

/** Does `work` on an open file. Adds the path to an error of the system, which does not contain it. */
export function withPath<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isSystemError(error)) error.path ??= path;
    throw error;
  }
}

/** Closes a file. Adds the path to an error, for example of a delayed write. */
export function closeFile(path: string, handle: number): void {
  withPath(path, () => {
    closeSync(handle);
  });
}
