import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { isCheckout, packageFile, packageManifest, packageRoot as root } from '../../base/files/home.ts';
import { repositoryCommit } from '../../base/system/git.ts';
import type { MeasurementBody } from '../../results/measurement.ts';
import { describeMachine } from '../../runtime/machine.ts';
import { kernelsInUse } from '../../runtime/kernels.ts';
import { usesDeterministicOps, usesOneDnn } from '../../runtime/environment.ts';
import { nativeBackend, runtimeDevice } from '../../runtime/tensorflow.ts';

export type Environment = Omit<MeasurementBody['environment'], 'startedAt' | 'finishedAt' | 'gpu' | 'earlier'>;

/** Installed versions of the packages that a result can depend on. */
function packageVersions(): Record<string, string> {
  const require = createRequire(import.meta.url);
  // Dependencies may be installed beside this package, and `exports` may hide their package.json from `require`.
  const version = (name: string): string => {
    const manifests = (require.resolve.paths(name) ?? []).map((folder) => join(folder, name, 'package.json'));
    const found = manifests.find((file) => existsSync(file));
    return found === undefined ? 'unknown' : (require(found) as { version: string }).version;
  };
  return Object.fromEntries(Object.keys(packageManifest().dependencies).map((name) => [name, version(name)]));
}

/** The commit from which an installed package was built; null if unknown. scripts/package/build.mjs writes it. */
function packedCommit(): string | null {
  const file = packageFile('dist/commit');
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : null;
}

/** The commit of a checkout from a bundle, which has no git repository; null in other checkouts. scripts/bundle writes it. */
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
  return repositoryCommit(root);
}

/** Describes TensorFlow's session by the environment variables with which TensorFlow was loaded. */
function describeSession(cores: number): NonNullable<Environment['session']> {
  const { TF_NUM_INTEROP_THREADS: threads, TF_XLA_FLAGS = '', XLA_FLAGS = '' } = process.env;
  const flags = [TF_XLA_FLAGS, XLA_FLAGS].filter((text) => text !== '');
  return {
    interOpThreads: Number(threads) || cores,
    deterministicOps: usesDeterministicOps(),
    ...(flags.length > 0 && { xlaFlags: flags.join(' ') }),
    ...(!usesOneDnn() && { oneDnn: false as const }),
  };
}

/** Describes the environment of this process: machine, device, versions and commit. Loads TensorFlow. */
export function describeEnvironment(): Environment {
  const { platform, cpu, cpuFeatures, threads: cores, gpus } = describeMachine();
  // The number of threads with which TensorFlow was loaded. It decides the order of sums.
  const threads = Number(process.env['TF_NUM_INTRAOP_THREADS']) || cores;
  return {
    host: hostname(),
    platform,
    cpu,
    cpuFeatures: [...cpuFeatures],
    threads,
    session: describeSession(cores),
    gpus: [...gpus],
    device: runtimeDevice().device,
    node: process.version,
    tensorflow: nativeBackend().binding.TF_Version,
    kernels: kernelsInUse(),
    packages: packageVersions(),
    commit: currentCommit(),
  };
}
