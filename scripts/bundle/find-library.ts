import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CudaPart } from './cuda-libraries.ts';

/** The folders below a folder whose path matches, e.g. `/usr/local` and `cuda*` and `lib64`; missing ones are left out. */
function expand(folder: string, ...rest: readonly RegExp[]): string[] {
  const [pattern, ...others] = rest;
  if (!existsSync(folder)) return [];
  if (pattern === undefined) return [folder];
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .flatMap((name) => expand(join(folder, name), ...others));
}

/** The folders in which machines keep CUDA's libraries: the user's own, Python's packages, toolkits, the system's. */
export function libraryFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const script =
    'import site, sys; print("\\n".join([*site.getsitepackages(), site.getusersitepackages(), *sys.path]))';
  const python = spawnSync('python3', ['-c', script], { encoding: 'utf8', timeout: 20_000 });
  const packages = (python.status === 0 ? python.stdout : '').split('\n').filter(Boolean);
  // Its output is null where it is not installed.
  const cache: { stdout: string | null } = spawnSync('ldconfig', ['-p'], { encoding: 'utf8', timeout: 20_000 });
  const cached = [...(cache.stdout ?? '').matchAll(/=> (\/.*)\/lib(?:cu|nv)[^/]*$/gm)].map(([, folder]) => folder!);
  const all = [
    ...(env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean),
    ...packages.flatMap((folder) => expand(join(folder, 'nvidia'), /./, /^lib$/)),
    ...expand('/usr/local', /^cuda/, /^lib64$/),
    ...expand('/usr/local', /^cuda/, /^targets$/, /^x86_64-linux$/, /^lib$/),
    ...cached,
  ];
  return [...new Set(all)].filter((folder) => existsSync(folder));
}

/** The first folder that has every one of the names. */
const folderWith = (names: readonly string[], folders: readonly string[]): string | undefined =>
  folders.find((folder) => names.every((name) => existsSync(join(folder, name))));

export interface FoundPart {
  readonly folder: string;
  /** The CUDA 13 names that take the place of CUDA 12's; undefined if the names are CUDA 12's own. */
  readonly instead?: readonly string[];
}

/** Where this machine has a part of CUDA; undefined if it has none. */
export function findPart({ opened, instead }: CudaPart, folders: readonly string[]): FoundPart | undefined {
  const own = folderWith(opened, folders);
  if (own !== undefined) return { folder: own };
  const other = instead && folderWith(instead, folders);
  return other === undefined ? undefined : { folder: other, instead: instead! };
}

/** Links a found part into `target`: all libraries of its folder, and CUDA 12's names for those of CUDA 13. */
export function linkPart({ opened }: CudaPart, { folder, instead }: FoundPart, target: string): void {
  mkdirSync(target, { recursive: true });
  const link = (from: string, name: string): void => {
    if (!existsSync(join(target, name))) symlinkSync(realpathSync(join(folder, from)), join(target, name));
  };
  opened.forEach((name, i) => {
    link(instead?.[i] ?? name, name);
  });
  // A library finds the others that it needs beside it.
  for (const name of readdirSync(folder)) if (/^lib.*\.so/.test(name)) link(name, name);
}
