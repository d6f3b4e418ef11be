import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { identifyProcess } from '../../../src/base/system/process-identity.ts';
import { train } from '../../../src/train/run.ts';
import { failureOf, reproduciblePart, temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
let path: string;
beforeEach(() => {
  folder = temporaryFolder();
  path = folder.at('run');
});
afterEach(() => {
  folder.remove();
});

/** Executes `change` before step 17 of a run, and returns the error that ends the run. */
function failureAfter(change: () => void) {
  let done = false;
  const job = testJob(path, {}, (step) => {
    if (step === 17 && !done) {
      done = true;
      change();
    }
    return undefined;
  });
  return failureOf(job);
}

/** The content of every file below a folder, by path. */
function contentOf(root: string): Map<string, string> {
  const names = readdirSync(root, { recursive: true, encoding: 'utf8' });
  return new Map(
    names
      .filter((name) => statSync(join(root, name)).isFile())
      .map((name) => [name, readFileSync(join(root, name), 'latin1')]),
  );
}

const LOST = /this process has lost the folder .*run: its lock was deleted, moved or taken over/;

describe('a process that loses its folder exits with 74 and writes nothing more to that path', () => {
  it('if the folder was deleted', async () => {
    const error = await failureAfter(() => {
      rmSync(path, { recursive: true });
    });
    expect(error.message).toMatch(LOST);
    expect(error.exitCode).toBe(74);
    expect(existsSync(path)).toBe(false);
  });

  it('if the folder was moved, and the run can be resumed there', async () => {
    const whole = reproduciblePart(await train(testJob(folder.at('whole'))));
    const error = await failureAfter(() => {
      renameSync(path, folder.at('moved'));
    });
    expect([error.exitCode, existsSync(path)]).toEqual([74, false]);
    // The lock of a process that has ended.
    rmSync(folder.at('moved/lock'));
    expect(reproduciblePart(await train(testJob(folder.at('moved'))))).toEqual(whole);
  });

  it('if an empty folder has replaced it', async () => {
    const error = await failureAfter(() => {
      renameSync(path, folder.at('moved'));
      mkdirSync(path);
    });
    expect([error.exitCode, readdirSync(path)]).toEqual([74, []]);
  });

  it('if another run has replaced it: neither writes into the other', async () => {
    const other = folder.at('other');
    await train(testJob(other, { seed: 8 }));
    const before = contentOf(other);
    const error = await failureAfter(() => {
      rmSync(path, { recursive: true });
      renameSync(other, path);
    });
    expect(error.exitCode).toBe(74);
    expect(contentOf(path)).toEqual(before);
  });

  it.each([
    [
      'was deleted',
      () => {
        rmSync(join(path, 'lock'));
      },
    ],
    [
      'was replaced by the lock of another process',
      () => {
        writeFileSync(join(path, 'new'), JSON.stringify(identifyProcess()));
        renameSync(join(path, 'new'), join(path, 'lock'));
      },
    ],
    [
      'was overwritten in place',
      () => {
        writeFileSync(join(path, 'lock'), JSON.stringify(identifyProcess()));
      },
    ],
  ])('if the lock %s', async (_, change) => {
    let before = new Map<string, string>();
    const error = await failureAfter(() => {
      change();
      before = contentOf(path);
    });
    expect([error.exitCode, error.message]).toEqual([74, expect.stringMatching(LOST)]);
    expect(contentOf(path)).toEqual(before);
  });
});
