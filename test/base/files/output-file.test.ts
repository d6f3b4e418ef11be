import { execFileSync, spawnSync } from 'node:child_process';
import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { UserError } from '../../../src/base/errors.ts';
import { writeFileAtomic } from '../../../src/base/files/files.ts';
import { outputFile } from '../../../src/base/files/output-file.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

/** The exit code and the message with which a file is refused. */
function refusalOf(file: string): string {
  try {
    writeFileAtomic(file, 'new');
  } catch (error) {
    const { exitCode, message } = error as UserError;
    return `${exitCode}: ${message.replace(folder.path, 'DIR')}`;
  }
  return 'written';
}

const notRegular = (kind: string): string =>
  `65: DIR/out is ${kind}, expected a regular file: name another file, or move it away`;

describe('something else in the place of an output file', () => {
  it('is refused and stays: a FIFO, a folder', () => {
    execFileSync('mkfifo', [folder.at('out')]);
    expect(refusalOf(folder.at('out'))).toBe(notRegular('a FIFO'));
    expect(lstatSync(folder.at('out')).isFIFO()).toBe(true);
    mkdirSync(folder.at('folder'));
    expect(refusalOf(folder.at('folder'))).toContain('65: DIR/folder is a folder');
    expect(readdirSync(folder.path).sort()).toEqual(['folder', 'out']);
  });

  it('is refused and stays: a socket', async () => {
    const server = createServer().listen(folder.at('out'));
    await new Promise((resolve) => server.once('listening', resolve));
    expect(refusalOf(folder.at('out'))).toBe(notRegular('a socket'));
    server.close();
  });

  it('is refused and stays: a device, also behind a link', (context) => {
    if (spawnSync('mknod', [folder.at('nul'), 'c', '1', '3']).status !== 0)
      context.skip('needs the right to call mknod');
    symlinkSync('nul', folder.at('out'));
    expect(refusalOf(folder.at('nul'))).toContain('65: DIR/nul is a device');
    expect(refusalOf(folder.at('out'))).toBe(notRegular('a device'));
    expect(lstatSync(folder.at('nul')).isCharacterDevice()).toBe(true);
    expect(lstatSync(folder.at('out')).isSymbolicLink()).toBe(true);
  });

  it.each(['/dev/stdout', '/dev/fd/1', '/proc/self/fd/1'])('is refused: the standard output as %s', (path) => {
    const refused = `${path} is the standard output, expected a regular file: leave --out out`;
    expect(() => outputFile(path, 'leave --out out')).toThrow(refused);
    symlinkSync(path, folder.at('out'));
    expect(() => outputFile(folder.at('out'))).toThrow('out is the standard output');
  });
});

describe('a link in the place of an output file', () => {
  it('stays, and the file that it names gets the new content', () => {
    mkdirSync(folder.at('inner/deep'), { recursive: true });
    writeFileSync(folder.at('inner/file'), 'old');
    symlinkSync('inner/deep', folder.at('short'));
    symlinkSync('short/../file', folder.at('link'));
    symlinkSync(folder.at('link'), folder.at('out'));
    writeFileAtomic(folder.at('out'), 'new');
    expect(readFileSync(folder.at('inner/file'), 'utf8')).toBe('new');
    expect([readlinkSync(folder.at('out')), readlinkSync(folder.at('link'))]).toEqual([
      folder.at('link'),
      'short/../file',
    ]);
    expect(readdirSync(folder.at('inner')).sort()).toEqual(['deep', 'file']);
  });

  it('creates the file that it names if that is missing, and its folder', () => {
    symlinkSync('inner/file', folder.at('out'));
    writeFileAtomic(folder.at('out'), 'new');
    expect(readFileSync(folder.at('inner/file'), 'utf8')).toBe('new');
    expect(lstatSync(folder.at('out')).isSymbolicLink()).toBe(true);
  });

  it('is an error if it leads back to itself', () => {
    symlinkSync('b', folder.at('out'));
    symlinkSync('out', folder.at('b'));
    expect(refusalOf(folder.at('out'))).toBe(
      '73: cannot write DIR/out: its links lead in a circle: remove one of them or choose another path [ELOOP: too many symbolic links encountered, stat]',
    );
  });
});
