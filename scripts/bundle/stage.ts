import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { readGit, repositoryCommit } from '../../src/base/system/git.ts';
import { filesOfPackage, runtimePackages } from './packages.ts';
import type { BundledTensorFlow } from './tensorflow.ts';

/** Libraries that every Linux has. A Node that needs others may not start on another machine. */
const SYSTEM_LIBRARIES = /^(linux-vdso|ld-linux[-\w]*|lib(c|m|dl|pthread|rt|stdc\+\+|gcc_s))\.so/;

/** The output of ldd; empty if it is not installed. */
function listLibraries(program: string): string {
  const { pid, stdout } = spawnSync('ldd', [program], { encoding: 'utf8' });
  return pid === 0 ? '' : stdout;
}

/** @throws UserError exit code 69 if Node is linked with libraries that another machine may not have. */
export function checkNode(node: string, listed = listLibraries(node)): void {
  const names = listed.split('\n').map((line) => line.trim().split(/\s/)[0]!.split('/').at(-1)!);
  const foreign = names.filter((name) => name.includes('.so') && !SYSTEM_LIBRARIES.test(name));
  if (foreign.length === 0) return;
  throw new UserError(
    `${node} needs ${foreign.join(', ')}, which other machines may not have: run the bundle with a Node from nodejs.org`,
    ExitCode.unavailable,
  );
}

/** @throws UserError exit code 69 if git found nothing, because the folder is not a git checkout. */
function fromGit<Value>(checkout: string, found: Value | null | undefined): Value {
  if (found !== null && found !== undefined) return found;
  throw new UserError(
    `${checkout} is not a git checkout: run the bundle in a clone of the repository`,
    ExitCode.unavailable,
  );
}

/** The commit of the checkout, with `-dirty` if tracked files are changed. */
export const readCommit = (checkout: string): string => fromGit(checkout, repositoryCommit(checkout));

/** What a bundle is made from. */
export interface StageOptions {
  readonly checkout: string;
  readonly node: string;
  readonly tensorflow: BundledTensorFlow;
  /** Additional files, with their path in the bundle. */
  readonly extra: readonly { readonly from: string; readonly to: string }[];
}

/**
 * Collects all files of a bundle in the empty folder `stage`, as hard links if the file system permits. Returns their paths: files
 * that seldom change come first, so that the next bundle can reuse their compressed segments.
 * @throws UserError exit code 66 if an extra file does not exist, 69 if Node would not run on another machine or the checkout has no
 * git.
 */
export function stageFiles(stage: string, { checkout, node, tensorflow, extra }: StageOptions): string[] {
  checkNode(node);
  const placed: string[] = [];
  const place = (from: string, to: string): void => {
    mkdirSync(dirname(join(stage, to)), { recursive: true });
    try {
      linkSync(from, join(stage, to));
    } catch {
      copyFileSync(from, join(stage, to));
    }
    placed.push(to);
  };
  const write = (to: string, text: string, mode = 0o644): void => {
    writeFileSync(join(stage, to), text, { mode });
    placed.push(to);
  };
  const libraries = `.doubletime/tensorflow/${tensorflow.kind}-${tensorflow.version}-bundle`;
  for (const name of readdirSync(tensorflow.folder, { recursive: true, encoding: 'utf8' }).sort())
    if (statSync(join(tensorflow.folder, name)).isFile()) place(join(tensorflow.folder, name), `${libraries}/${name}`);
  placeNode(node, join(stage, 'bin'));
  placed.push('bin/node');
  for (const { from, to } of extra) {
    if (!existsSync(from)) throw new UserError(`--add ${from}: the file does not exist`, ExitCode.noInput);
    place(from, to);
  }
  for (const folder of runtimePackages(checkout))
    for (const file of filesOfPackage(checkout, folder)) place(join(checkout, file), file);
  const tracked = fromGit(checkout, readGit(checkout, 'ls-files', '-z'))
    .split('\0')
    .filter(Boolean);
  for (const file of tracked) if (existsSync(join(checkout, file))) place(join(checkout, file), file);
  write(
    'bundle.json',
    `${JSON.stringify({ commit: readCommit(checkout), tensorflow: libraries, kind: tensorflow.kind })}\n`,
  );
  return placed;
}

/** Copies Node without the symbols that only debuggers read, if `strip` is installed. */
function placeNode(node: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  const target = join(folder, 'node');
  if (spawnSync('strip', ['-s', node, '-o', target]).status !== 0) copyFileSync(node, target);
  chmodSync(target, 0o755);
}
