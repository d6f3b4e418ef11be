import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { repositoryCommit } from '../../../src/base/system/git.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
const git = (...args: string[]): string =>
  execFileSync('git', ['-C', folder.at('code'), '-c', 'user.name=A', '-c', 'user.email=a@b.c', ...args], {
    encoding: 'utf8',
  });
beforeAll(() => {
  folder = temporaryFolder();
  mkdirSync(folder.at('code/part'), { recursive: true });
  git('init', '--quiet');
  writeFileSync(folder.at('code/file'), 'one\n');
  git('add', '.');
  git('commit', '--quiet', '--message', 'one');
});
afterAll(() => {
  folder.remove();
});
afterEach(() => {
  vi.unstubAllEnvs();
});

describe('the commit of a repository', () => {
  it('is null inside of another repository, without a repository and without git', () => {
    expect(repositoryCommit(folder.at('code'))).toMatch(/^[0-9a-f]{40}$/);
    expect(repositoryCommit(folder.at('code/part'))).toBeNull();
    expect(repositoryCommit(folder.at('.'))).toBeNull();
    vi.stubEnv('PATH', '/nowhere');
    expect(repositoryCommit(folder.at('code'))).toBeNull();
  });

  it('says whether tracked files are changed', () => {
    const head = git('rev-parse', 'HEAD').trim();
    writeFileSync(folder.at('code/untracked'), '');
    expect(repositoryCommit(`${folder.at('code')}/`)).toBe(head);
    writeFileSync(folder.at('code/file'), 'two\n');
    expect(repositoryCommit(folder.at('code'))).toBe(`${head}-dirty`);
  });
});
