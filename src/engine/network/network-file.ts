import { buildSync } from 'esbuild';
import { createRequire } from 'node:module';
import { basename, dirname, relative, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import type { NetworkEntry } from '../../../models/entry.ts';
import { createEntry, type NetworkDefinition } from '../../../models/own.ts';
import { findNetwork, isNetworkName } from '../../../models/registry.ts';
import { configError, ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { pathExists } from '../../base/files/stat.ts';
import { hashFile } from '../../base/files/hash.ts';
import { isNetworkFile, type NetworkConfig, type RunConfig } from '../../config/run.ts';
import { toolkit } from './network-toolkit.ts';

interface LoadedNetwork {
  readonly entry: NetworkEntry;
  /** The keys that the file adds to `network` in a run config. */
  readonly config: Required<Pick<NetworkConfig, 'file' | 'sha256'>> & Pick<NetworkConfig, 'imports'>;
}

/** The networks that this process has loaded, by the path of their file. */
const loaded = new Map<string, LoadedNetwork>();

/** The first error of esbuild, with its line. */
function describeBuildError(error: unknown): string {
  const [first] = (error as { errors?: { text: string; location?: { line: number } }[] }).errors ?? [];
  if (first === undefined) return messageOf(error);
  return first.location ? `line ${first.location.line}: ${first.text}` : first.text;
}

/** Bundles the file and everything it imports by a relative path into one script; also returns the imported paths. */
function bundle(file: string): { code: string; imported: string[] } {
  const folder = dirname(file);
  const built = buildSync({
    ...{ entryPoints: [file], absWorkingDir: folder, bundle: true, packages: 'external' },
    ...{ platform: 'node', format: 'cjs', target: 'node20', tsconfigRaw: '{}' },
    ...{ write: false, metafile: true, logLevel: 'silent' },
  });
  const inputs = Object.keys(built.metafile.inputs).map((path) => resolve(folder, path));
  return { code: built.outputFiles[0]!.text, imported: inputs.filter((path) => path !== file) };
}

/** Runs the script as a CommonJS module and returns its exports. `doubletime` is that of this process. */
function runModule(code: string, file: string): Record<string, unknown> {
  const requireFromFile = createRequire(file);
  const require = (name: string): unknown => (name === 'doubletime' ? toolkit : requireFromFile(name));
  const module = { exports: {} };
  const run = compileFunction(code, ['module', 'exports', 'require', '__filename', '__dirname'], {
    filename: file,
  }) as (...values: unknown[]) => void;
  run(module, module.exports, require, file, dirname(file));
  return module.exports;
}

function findDefinition(exported: Record<string, unknown>): NetworkDefinition {
  const found = exported['default'] ?? exported['network'] ?? ('forward' in exported ? exported : undefined);
  if (found === undefined) throw configError('exports no network: expected `export default defineNetwork({ ... })`');
  return found as NetworkDefinition;
}

/** Turns errors of the network's code into config errors: one line that names the file. `process.exit` is such an error too. */
function withLocation<T>(file: string, work: () => T, explain = messageOf): T {
  const exit = Object.getOwnPropertyDescriptor(process, 'exit')!;
  process.exit = () => {
    throw configError('calls process.exit, which would end doubletime without a result: remove it, or throw an Error');
  };
  try {
    return work();
  } catch (error) {
    const message = explain(error);
    throw configError(message.startsWith(file) ? message : `${file}: ${message}`, error);
  } finally {
    Object.defineProperty(process, 'exit', exit);
  }
}

function withLocatedErrors(file: string, entry: NetworkEntry): NetworkEntry {
  const { build } = entry;
  return {
    ...entry,
    build: (options) => {
      const forward = withLocation(file, () => build(options));
      return (net, images) => withLocation(file, () => forward(net, images));
    },
  };
}

function load(file: string): LoadedNetwork {
  const { code, imported } = withLocation(file, () => bundle(file), describeBuildError);
  const entry = withLocation(file, () => {
    const own = createEntry(findDefinition(runModule(code, file)), basename(file));
    if (isNetworkName(own.name))
      throw configError(`the name "${own.name}" belongs to a shipped network: choose another name`);
    return own;
  });
  const hashes = imported.map((path): [string, string] => [relative(dirname(file), path), hashFile(path)]);
  const imports = imported.length > 0 ? { imports: Object.fromEntries(hashes) } : {};
  return { entry: withLocatedErrors(file, entry), config: { file, sha256: hashFile(file), ...imports } };
}

/**
 * Loads the network that a TypeScript or JavaScript file exports. A process reads each file once.
 * @throws UserError exit code 66 if the file does not exist; 78 if it is not valid code, or exports no network or an invalid one.
 */
export function loadNetworkFile(path: string): LoadedNetwork {
  const file = resolve(path);
  const known = loaded.get(file);
  if (known) return known;
  if (!pathExists(file))
    throw new UserError(`${path}: the network file does not exist: check its path`, ExitCode.noInput);
  const network = load(file);
  loaded.set(file, network);
  return network;
}

/** Finds a network by its name or the path of its file. @throws UserError as `findNetwork` and `loadNetworkFile`. */
export const findNetworkOrFile = (name: string): NetworkEntry =>
  isNetworkFile(name) ? loadNetworkFile(name).entry : findNetwork(name);

const describeFile = ({ sha256, imports = {} }: Pick<NetworkConfig, 'sha256' | 'imports'>): string =>
  JSON.stringify([sha256, Object.entries(imports).sort()]);

/**
 * Finds the network of a config.
 * @throws UserError exit code 78 if its file has changed after the config was created.
 */
export function findConfiguredNetwork(config: NetworkConfig): NetworkEntry {
  if (config.file === undefined) return findNetwork(config.name);
  const { entry, config: loadedConfig } = loadNetworkFile(config.file);
  if (config.sha256 !== undefined && describeFile(config) !== describeFile(loadedConfig))
    throw configError(
      `${config.file} has changed since this run was planned: restore it, or start a new run in another folder`,
    );
  if (entry.name !== config.name && config.sha256 !== undefined)
    throw configError(
      `${config.file} holds the network "${entry.name}", expected "${config.name}": restore the file, or correct network.name`,
    );
  return entry;
}

/**
 * Adds the network's canonical name to a config and, for a network file, the file's hashes.
 * @throws UserError exit code 66 if the file does not exist, 78 if the network does not.
 */
export function withNetwork(config: NetworkConfig): NetworkConfig {
  const { name } = findConfiguredNetwork(config);
  if (config.file === undefined) return config;
  return { ...config, name, ...loadNetworkFile(config.file).config };
}

/** Applies `withNetwork` to the network of a run config. */
export const withNetworkOfRun = (config: RunConfig): RunConfig => ({
  ...config,
  network: withNetwork(config.network),
});
