import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isCheckout, packageFile, packageRoot as root } from '../../base/home.ts';
import type { MeasurementBody } from '../../results/measurement.ts';
import { describeMachine } from '../../runtime/machine.ts';
import { nativeBackend } from '../../runtime/tensorflow.ts';

export type Environment = Omit<MeasurementBody['environment'], 'startedAt' | 'finishedAt'>;

/** Versions of the packages that a result can depend on, as they are installed. */
function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // An installed package's dependencies lie beside it. Packages may hide their package.json from `require`.
  const version = (name: string): string => {
    const manifests = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name, 'package.json'));
    const found = manifests.find((file) => existsSync(file));
    return found === undefined ? 'unknown' : (require(found) as { version: string }).version;
  };
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, version(name)]));
}

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();

/** The commit that an installed package was made from, as scripts/package/build.mjs kept it. */
function packedCommit(): string | null {
  const file = packageFile('dist/commit');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** The checkout's commit, `-dirty` where tracked files were changed, or null outside one. */
function commitOf(): string | null {
  if (!isCheckout) return packedCommit();
  try {
    if (git('rev-parse', '--show-toplevel') !== root) return null;
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', 'HEAD')}${changed ? '-dirty' : ''}`;
  } catch {
    return null;
  }
}

/** Where this process trains: machine, device, versions, the project's own commit. Loads TensorFlow. */
export function describeEnvironment(): Environment {
  const { platform, cpu, threads: most, gpus } = describeMachine();
  const backend = nativeBackend();
  // What TensorFlow was told when it was loaded, by us or by the user: sums are in another order with another number.
  const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || most;
  return {
    host: hostname(),
    platform,
    cpu,
    threads,
    gpus: [...gpus],
    device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
    node: process.version,
    tensorflow: backend.binding.TF_Version,
    packages: packageVersions(),
    commit: commitOf(),
  };
}
