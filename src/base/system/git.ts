import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';

/** The environment without git's variables: GIT_DIR, which git sets in hooks, would name another repository. */
const withoutGit = (): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));

/**
 * The output of git in a folder, also if another user owns it: git refuses it otherwise. Writes nothing there. Undefined if git
 * is missing or fails.
 */
export function readGit(folder: string, ...args: string[]): string | undefined {
  const path = resolve(folder);
  const options = ['--no-optional-locks', '-c', `safe.directory=${path}`, '-C', path];
  const { status, stdout } = spawnSync('git', [...options, ...args], {
    ...{ encoding: 'utf8', maxBuffer: 1 << 26 },
    env: withoutGit(),
  });
  return status === 0 ? stdout : undefined;
}

/**
 * The commit of a repository, with `-dirty` if tracked files are changed. Null without git, and for a folder inside of another
 * repository.
 */
export function repositoryCommit(root: string): string | null {
  if (readGit(root, 'rev-parse', '--show-prefix')?.trim() !== '') return null;
  const head = readGit(root, 'rev-parse', 'HEAD');
  const changes = readGit(root, 'status', '--porcelain', '--untracked-files=no');
  if (head === undefined || changes === undefined) return null;
  return `${head.trim()}${changes === '' ? '' : '-dirty'}`;
}
