import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { relative } from 'node:path';
import { getSystemErrorMap } from 'node:util';

/** Functions of node:fs with a file handle or a path as first argument, by their system call. */
const calls = {
  openSync: 'open',
  closeSync: 'close',
  readSync: 'read',
  writeSync: 'write',
  fsyncSync: 'fsync',
  fdatasyncSync: 'fdatasync',
  ftruncateSync: 'ftruncate',
  fstatSync: 'fstat',
  statSync: 'stat',
  lstatSync: 'lstat',
  readdirSync: 'scandir',
  mkdirSync: 'mkdir',
  renameSync: 'rename',
  linkSync: 'link',
  copyFileSync: 'copyfile',
  rmSync: 'unlink',
  unlinkSync: 'unlink',
  readFileSync: 'read',
  writeFileSync: 'write',
  appendFileSync: 'write',
  truncateSync: 'ftruncate',
  utimesSync: 'utime',
} as const;
type Call = keyof typeof calls;

/** One operation on a file, such as `fsync`, and the path of the file within the watched folder. */
export interface Operation {
  readonly call: string;
  readonly path: string;
}

/** The error that Node throws for a failed system call. Without a path for a file handle. */
export function systemError(name: string, call: string, path?: string): Error {
  const errno = -(constants.errno as Record<string, number>)[name]!;
  const [code = `Unknown system error ${errno}`, text = code] = getSystemErrorMap().get(errno) ?? [];
  const place = path === undefined ? '' : ` '${path}'`;
  return Object.assign(new Error(`${code}: ${text}, ${call}${place}`), {
    ...{ errno, code, syscall: call },
    ...(path === undefined ? {} : { path }),
  });
}

/**
 * Runs `work` and calls `failing` before each operation of node:fs on a file in the folder. If it returns the name of an error
 * (EIO), the operation fails with it. A file is closed even if its `close` fails, as in the system.
 */
export async function withFailures<Result>(
  folder: string,
  failing: (operation: Operation) => string | undefined,
  work: () => Promise<Result>,
): Promise<Result> {
  const original = { ...fs };
  const opened = new Map<unknown, string>();
  const target = fs as unknown as Record<string, (...args: unknown[]) => unknown>;
  for (const [name, call] of Object.entries(calls) as [Call, string][]) {
    const done = original[name] as (...args: unknown[]) => unknown;
    target[name] = (...args) => {
      const isHandle = typeof args[0] === 'number';
      const path = isHandle ? opened.get(args[0]) : String(args[0]);
      const inside = path === undefined ? '..' : relative(folder, path);
      const error = inside.startsWith('..') ? undefined : failing({ call, path: inside });
      if (error !== undefined && call === 'close') done(...args);
      if (error !== undefined) throw systemError(error, call, isHandle ? undefined : path);
      const result = done(...args);
      if (name === 'openSync') opened.set(result, path!);
      if (name === 'closeSync') opened.delete(args[0]);
      return result;
    };
  }
  syncBuiltinESMExports();
  try {
    return await work();
  } finally {
    for (const name of Object.keys(calls) as Call[]) target[name] = original[name] as never;
    syncBuiltinESMExports();
  }
}
