import { execFileSync } from 'node:child_process';
import { mkdirSync, statfsSync, writeFileSync } from 'node:fs';
import { onTestFinished } from 'vitest';

/** Mounts something until the test ends, or returns the reason that it cannot: `mount(path, '-t', 'tmpfs', 'tmpfs')`. */
export function mount(path: string, ...what: readonly string[]): string | undefined {
  try {
    mkdirSync(path, { recursive: true });
    execFileSync('mount', [...what, path], { stdio: 'pipe' });
  } catch (error) {
    return `nothing can be mounted here: ${String(error).split('\n')[0] ?? ''}`;
  }
  onTestFinished(() => {
    unmount(path);
  });
  return undefined;
}

/** Unmounts a path even while it is in use. Does nothing if it is not mounted. */
export function unmount(path: string): void {
  try {
    execFileSync('umount', ['-l', path], { stdio: 'pipe' });
  } catch {
    return;
  }
}

export const remount = (path: string, options: string): void => {
  execFileSync('mount', ['-o', `remount,${options}`, path], { stdio: 'pipe' });
};

/** Fills a disk with one file, completely or until some bytes are left. */
export function fill(disk: string, file: string, leave = 0): void {
  for (;;) {
    const { bsize, bavail } = statfsSync(disk);
    const blocks = bavail - Math.ceil(leave / bsize);
    if (blocks <= 0) return;
    try {
      writeFileSync(file, Buffer.alloc(bsize * blocks), { flag: 'a' });
    } catch {
      // Another process has used a block in the meantime: try again with the remaining space.
    }
  }
}
