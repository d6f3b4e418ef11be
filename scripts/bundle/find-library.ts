import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, realpathSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { CudaPart } from './cuda-libraries.ts';

/** The existing folders that match: `expandFolders('/usr/local', /^cuda/, /^lib64$/)` finds `/usr/local/cuda-12/lib64`. */
function expandFolders(folder: string, ...rest: readonly RegExp[]): string[] {
  const [pattern, ...others] = rest;
  if (!existsSync(folder)) return [];
  if (pattern === undefined) return [folder];
  return readdirSync(folder)
    .filter((name) => pattern.test(name))
    .sort()
    .flatMap((name) => expandFolders(join(folder, name), ...others));
}

/** The folders of this machine that may contain CUDA's libraries: LD_LIBRARY_PATH, Python's packages, toolkits, the system's. */
export function libraryFolders(env: NodeJS.ProcessEnv = process.env): string[] {
  const script =
    'import site, sys; print("\\n".join([*site.getsitepackages(), site.getusersitepackages(), *sys.path]))';
  const python = spawnSync('python3', ['-c', script], { encoding: 'utf8', timeout: 20_000 });
  const packages = (python.status === 0 ? python.stdout : '').split('\n').filter(Boolean);
  const cache = spawnSync('ldconfig', ['-p'], { encoding: 'utf8', timeout: 20_000 });
  const cached = [...(cache.pid === 0 ? '' : cache.stdout).matchAll(/=> (\/.*)\/lib(?:cu|nv)[^/]*$/gm)].map(
    ([, folder]) => folder!,
  );
  const all = [
    ...(env['LD_LIBRARY_PATH'] ?? '').split(':').filter(Boolean),
    ...packages.flatMap((folder) => expandFolders(join(folder, 'nvidia'), /./, /^lib$/)),
    ...expandFolders('/usr/local', /^cuda/, /^lib64$/),
    ...expandFolders('/usr/local', /^cuda/, /^targets$/, /^x86_64-linux$/, /^lib$/),
    ...cached,
  ];
  return [...new Set(all)].filter((folder) => existsSync(folder));
}

/** The first folder that contains all of the names. */
const folderWith = (names: readonly string[], folders: readonly string[]): string | undefined =>
  folders.find((folder) => names.every((name) => existsSync(join(folder, name))));

/** A part of CUDA that this machine has. */
export interface FoundPart {
  readonly folder: string;
  /** The names of CUDA 13's libraries, if they replace those of CUDA 12. */
  readonly instead?: readonly string[];
}

/** Finds a part of CUDA in the folders; undefined if no folder has it. */
export function findPart({ opened, instead }: CudaPart, folders: readonly string[]): FoundPart | undefined {
  const own = folderWith(opened, folders);
  if (own !== undefined) return { folder: own };
  const other = instead && folderWith(instead, folders);
  return other === undefined ? undefined : { folder: other, instead: instead! };
}

/** Links a found part into `target`: all libraries of its folder. Those of CUDA 13 also get the names of CUDA 12. */
export function linkPart({ opened }: CudaPart, { folder, instead }: FoundPart, target: string): void {
  mkdirSync(target, { recursive: true });
  const link = (from: string, name: string): void => {
    if (!existsSync(join(target, name))) symlinkSync(realpathSync(join(folder, from)), join(target, name));
  };
  opened.forEach((name, i) => {
    link(instead?.[i] ?? name, name);
  });
  // A library looks in its own folder for the libraries that it needs.
  for (const name of readdirSync(folder)) if (/^lib.*\.so/.test(name)) link(name, name);
}
