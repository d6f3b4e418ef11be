import { closeSync } from 'node:fs';
import { describeErrno } from './errno.ts';
import { ExitCode, messageOf, systemCodeOf, UserError } from '../errors.ts';

/** An error of a system call as Node throws it, with the name of the call and the number of the error. */
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

/** Whether Node refused a path because it has a NUL character. A config can write one as `"\0"`. */
export const isNulInPath = (error: unknown): boolean =>
  error instanceof Error &&
  systemCodeOf(error) === 'ERR_INVALID_ARG_VALUE' &&
  error.message.includes('without null bytes');

interface Advice {
  readonly exitCode: ExitCode;
  /** What is wrong and how to fix it. */
  readonly text: string;
}

/** The advice for some error codes. */
interface Rule {
  readonly codes: readonly string[];
  readonly write: Advice;
  readonly read: Advice;
}

/** A rule with the same advice for reading and writing. */
const both = (exitCode: ExitCode, text: string, ...codes: string[]): Rule => ({
  codes,
  write: { exitCode, text },
  read: { exitCode, text },
});

const again = 'run the same command again';
const { cannotCreate, data, io, noInput, noPermission, unavailable } = ExitCode;

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
      text: 'the folder cannot be written: give write permission or choose another',
    },
    read: { exitCode: noPermission, text: 'reading it is not permitted: give read permission' },
  },
  both(cannotCreate, 'the folder cannot be written: give write permission or choose another', 'EROFS'),
  {
    codes: ['ENOENT'],
    write: { exitCode: io, text: `its folder is missing: restore it and ${again}` },
    read: { exitCode: noInput, text: 'the file does not exist' },
  },
  {
    codes: ['ENOTDIR', 'EEXIST'],
    write: {
      exitCode: io,
      text: 'a file is where a folder is expected: choose another path',
    },
    read: { exitCode: noInput, text: 'the file does not exist: a part of its path is not a folder' },
  },
  {
    codes: ['EISDIR', 'ERR_FS_EISDIR', 'ENOTEMPTY'],
    write: {
      exitCode: data,
      text: 'a folder is where a file is expected: move it away or choose another path',
    },
    read: { exitCode: noInput, text: 'it is a folder: name a file' },
  },
  {
    codes: ['ELOOP'],
    write: { exitCode: cannotCreate, text: 'its links lead in a circle: remove one of them or choose another path' },
    read: { exitCode: noInput, text: 'its links lead in a circle: remove one of them or name another file' },
  },
  {
    // Node's own code is for a name with a NUL character, which no file system allows.
    codes: ['ENAMETOOLONG', 'EILSEQ', 'ERR_INVALID_ARG_VALUE'],
    write: { exitCode: cannotCreate, text: 'the file system does not allow this name: choose another' },
    read: { exitCode: noInput, text: 'the file system does not allow this name: name another' },
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

/** The advice for all other errors, such as those of a lost disk or share, or of a disk that fails. */
const otherwise: Advice = {
  exitCode: io,
  text: `the disk or network share failed: check it and ${again}`,
};

function findAdvice(error: unknown, action: 'read' | 'write'): Advice {
  const code = systemCodeOf(error);
  if (!isSystemError(error) && code === undefined) return { exitCode: io, text: messageOf(error) };
  return rules.find(({ codes }) => codes.includes(code ?? ''))?.[action] ?? otherwise;
}

/** The errors that the advice explains completely. */
const explainedCodes = new Set([
  'ENOSPC',
  'EACCES',
  'EPERM',
  'EROFS',
  'ENOENT',
  'ENOTDIR',
  'EEXIST',
  'EISDIR',
  'ERR_FS_EISDIR',
]);

/** The name, text and system call of an error: ` [EIO: i/o error, fsync]`. Empty if the advice explains the error completely. */
function describeCause(error: unknown): string {
  if (!isSystemError(error) || explainedCodes.has(systemCodeOf(error) ?? '')) return '';
  const [name, text] = describeErrno(error.errno);
  return ` [${name}: ${text}, ${error.syscall}]`;
}

const createFailure = (action: 'read' | 'write', file: string, error: unknown): UserError => {
  if (error instanceof UserError) return error;
  const { exitCode, text } = findAdvice(error, action);
  return new UserError(`cannot ${action} ${file}: ${text}${describeCause(error)}`, exitCode, {
    cause: error,
  });
};

/** Converts the error of a failed write to one line that says how to fix it. A UserError is returned unchanged. */
export const toWriteError = (file: string, error: unknown): UserError => createFailure('write', file, error);

/** Converts the error of a failed read to one line that says how to fix it. A UserError is returned unchanged. */
export const readFailure = (file: string, error: unknown): UserError => createFailure('read', file, error);

/** The system calls that only read. `open` is one of them, because most files are opened for reading. */
const readingCalls = new Set([
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
 * Converts an error of a system call to a UserError, so that no command reports it as an internal error. A UserError is returned
 * unchanged. Undefined for all other errors.
 */
export function toUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (!isSystemError(error)) return undefined;
  const { path, syscall } = error;
  const { dest } = error as { dest?: unknown };
  const file = typeof dest === 'string' ? dest : (path ?? 'a file');
  if (!/^[a-z]+$/.test(syscall) || syscall === 'connect' || syscall === 'kill')
    return new UserError(messageOf(error), findAdvice(error, 'read').exitCode, { cause: error });
  return readingCalls.has(syscall) ? readFailure(file, error) : toWriteError(file, error);
}

/** Runs work on an open file. Adds the path to an error of a system call, which does not contain it. */
export function withPath<Result>(path: string, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (isSystemError(error)) error.path ??= path;
    throw error;
  }
}

/** Closes a file. Adds the path to an error, such as that of a delayed write. */
export function closeFile(path: string, handle: number): void {
  withPath(path, () => {
    closeSync(handle);
  });
}
