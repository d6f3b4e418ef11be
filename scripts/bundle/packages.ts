import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

interface LockEntry {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

/** Files that are never loaded at run time: types, source maps, documentation, native sources and tests. Licenses are kept. */
const UNUSED = /\.(map|md|markdown|[cm]?ts|flow|html|h|hpp|cc|cpp|c|gyp|gypi)$|(^|\/)(test|tests|__tests__)\//i;

/** The paths at which Node looks for a package that the package at `from` imports, nearest first. */
function* candidatePaths(name: string, from: string): Generator<string> {
  for (
    let at = from;
    at !== '';
    at = at.includes('/node_modules/') ? at.slice(0, at.lastIndexOf('/node_modules/')) : ''
  )
    yield `${at}/node_modules/${name}`;
  yield `node_modules/${name}`;
}

/** The folders of all installed packages that the checkout needs at run time: its dependencies, and their dependencies. */
export function runtimePackages(checkout: string): string[] {
  const read = createRequire(join(checkout, 'package.json'));
  const { packages } = read('./package-lock.json') as { packages: Record<string, LockEntry> };
  const found = new Set<string>();
  const visit = (folder: string): void => {
    if (found.has(folder) || !existsSync(join(checkout, folder))) return;
    found.add(folder);
    const { dependencies, optionalDependencies, peerDependencies } = packages[folder] ?? {};
    for (const name of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies })) {
      const place = [...candidatePaths(name, folder)].find((candidate) => candidate in packages);
      if (place !== undefined) visit(place);
    }
  };
  for (const name of Object.keys(packages['']?.dependencies ?? {})) visit(`node_modules/${name}`);
  return [...found].sort();
}

/** Whether Node loads a file of a package at run time. `file` is relative to the package's folder. */
export function isLoaded(folder: string, file: string, platform = `${process.platform}-${process.arch}`): boolean {
  if (file === 'package.json') return true;
  // Addons for other platforms are not loaded.
  const prebuilt = /^prebuilds\/([^/]+)/.exec(file)?.[1];
  if (prebuilt !== undefined && (!prebuilt.includes(platform) || prebuilt.includes('musl'))) return false;
  // Node loads one file of tfjs's packages; the others are for browsers.
  if (/^node_modules\/@tensorflow\/(?!tfjs-node)[^/]+$/.test(folder))
    return /^dist\/[^/]*\.node\.js$|LICENSE/.test(file);
  return !UNUSED.test(file) && !(folder.endsWith('tfjs-node-gpu') && file.endsWith('_test.js'));
}

/** The files of a package that Node may load, as paths relative to the checkout. */
export function filesOfPackage(checkout: string, folder: string): string[] {
  const found: string[] = [];
  const visit = (inside: string): void => {
    for (const entry of readdirSync(join(checkout, folder, inside), { withFileTypes: true })) {
      const path = inside === '' ? entry.name : `${inside}/${entry.name}`;
      if (entry.isDirectory() && entry.name !== 'node_modules') visit(path);
      else if (entry.isFile() && isLoaded(folder, path)) found.push(`${folder}/${path}`);
    }
  };
  visit('');
  return found.sort();
}
