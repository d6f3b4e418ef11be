import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isCheckout, packageFile, packageRoot as root } from '../../base/home.ts';
import type { MeasurementBody } from '../../results/measurement.ts';
import { describeMachine } from '../../runtime/machine.ts';
import { kernelsInUse } from '../../runtime/kernels.ts';
import { nativeBackend } from '../../runtime/tensorflow.ts';

export type Environment = Omit<MeasurementBody['environment'], 'startedAt' | 'finishedAt'>;

/** Installed versions of the packages that a result can depend on. */
function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  const { dependencies } = JSON.parse(readFileSync(packageFile('package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  // Dependencies may be installed beside this package, and `exports` may hide their package.json from `require`.
  const version = (name: string): string => {
    const manifests = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name, 'package.json'));
    const found = manifests.find((file) => existsSync(file));
    return found === undefined ? 'unknown' : (require(found) as { version: string }).version;
  };
  return Object.fromEntries(Object.keys(dependencies).map((name) => [name, version(name)]));
}

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', root, ...args], { encoding: 'utf8', stdio: 'pipe' }).trim();

/** The commit that an installed package was built from; scripts/package/build.mjs writes it. */
function packedCommit(): string | null {
  const file = packageFile('dist/commit');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** The commit of a checkout that came in a bundle, without its git repository; scripts/bundle writes it. */
function bundledCommit(): string | null {
  const file = packageFile('bundle.json');
  if (!existsSync(file)) return null;
  return (JSON.parse(readFileSync(file, 'utf8')) as { commit: string }).commit;
}

/** The commit of this code, with `-dirty` if tracked files are changed; null if unknown. */
export function currentCommit(): string | null {
  if (!isCheckout) return packedCommit();
  const bundled = bundledCommit();
  if (bundled !== null) return bundled;
  try {
    if (git('rev-parse', '--show-toplevel') !== root) return null;
    const changed = git('status', '--porcelain', '--untracked-files=no') !== '';
    return `${git('rev-parse', 'HEAD')}${changed ? '-dirty' : ''}`;
  } catch {
    return null;
  }
}

/** Describes what this process trains with: machine, device, versions and commit. Loads TensorFlow. */
export function describeEnvironment(): Environment {
  const { platform, cpu, threads: cores, gpus } = describeMachine();
  const backend = nativeBackend();
  // The number that TensorFlow was loaded with: it decides the order of sums.
  const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || cores;
  return {
    host: hostname(),
    platform,
    cpu,
    threads,
    gpus: [...gpus],
    device: backend.isUsingGpuDevice ? 'gpu' : 'cpu',
    node: process.version,
    tensorflow: backend.binding.TF_Version,
    kernels: kernelsInUse(),
    packages: packageVersions(),
    commit: currentCommit(),
  };
}
