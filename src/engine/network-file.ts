import { buildSync } from 'esbuild';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, relative, resolve } from 'node:path';
import { compileFunction } from 'node:vm';
import type { NetworkEntry } from '../../models/entry.ts';
import { entryOf, type NetworkDefinition } from '../../models/own.ts';
import { findNetwork, isNetworkName } from '../../models/registry.ts';
import { configError, ExitCode, messageOf, UserError } from '../base/errors.ts';
import { isNetworkFile, type NetworkConfig, type RunConfig } from '../config/run.ts';
import { toolkit } from './network-toolkit.ts';

interface LoadedNetwork {
  readonly entry: NetworkEntry;
  /** What the run's config keeps of it. */
  readonly place: Required<Pick<NetworkConfig, 'file' | 'sha256'>> & Pick<NetworkConfig, 'imports'>;
}

const loaded = new Map<string, LoadedNetwork>();

const sha256Of = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** The first complaint of esbuild, with its place. */
function explainBuild(error: unknown): string {
  const [first] = (error as { errors?: { text: string; location?: { line: number } }[] }).errors ?? [];
  if (first === undefined) return messageOf(error);
  return first.location ? `line ${first.location.line}: ${first.text}` : first.text;
}

/** The file as one script, with whatever it imports by a relative path, and the paths of these. */
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

/** Runs the script as a CommonJS module to which `doubletime` is this very process's. */
function exportsOf(code: string, file: string): Record<string, unknown> {
  const other = createRequire(file);
  const require = (name: string): unknown => (name === 'doubletime' ? toolkit : other(name));
  const module = { exports: {} };
  const run = compileFunction(code, ['module', 'exports', 'require', '__filename', '__dirname'], {
    filename: file,
  }) as (...given: unknown[]) => void;
  run(module, module.exports, require, file, dirname(file));
  return module.exports;
}

function definitionIn(exported: Record<string, unknown>): NetworkDefinition {
  const found = exported['default'] ?? exported['network'] ?? ('forward' in exported ? exported : undefined);
  if (found === undefined) throw configError('exports no network: expected `export default defineNetwork({ ... })`');
  return found as NetworkDefinition;
}

/** Errors of the network's own code end in one line that names its file, and not as faults of doubletime. */
function withLocation<T>(file: string, work: () => T, explain = messageOf): T {
  try {
    return work();
  } catch (error) {
    const message = explain(error);
    throw configError(message.startsWith(file) ? message : `${file}: ${message}`, error);
  }
}

function naming(file: string, entry: NetworkEntry): NetworkEntry {
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
  const { code, imported } = withLocation(file, () => bundle(file), explainBuild);
  const entry = withLocation(file, () => {
    const own = entryOf(definitionIn(exportsOf(code, file)), basename(file));
    if (isNetworkName(own.name)) throw configError(`a network "${own.name}" is shipped: choose another name`);
    return own;
  });
  const hashes = imported.map((path): [string, string] => [relative(dirname(file), path), sha256Of(path)]);
  const imports = imported.length > 0 ? { imports: Object.fromEntries(hashes) } : {};
  return { entry: naming(file, entry), place: { file, sha256: sha256Of(file), ...imports } };
}

/**
 * The network that a TypeScript or JavaScript file exports. Each file is read once per process.
 * @throws UserError exit code 66 where there is no such file, 78 where it cannot be read as code, exports no network, or
 * exports one that is not sound.
 */
export function loadNetworkFile(path: string): LoadedNetwork {
  const file = resolve(path);
  const known = loaded.get(file);
  if (known) return known;
  if (!existsSync(file)) throw new UserError(`${path}: there is no such file of a network`, ExitCode.noInput);
  const network = load(file);
  loaded.set(file, network);
  return network;
}

/** A network by its name, or by the path of its file. @throws UserError exit code 66 or 78. */
export const findNetworkOrFile = (name: string): NetworkEntry =>
  isNetworkFile(name) ? loadNetworkFile(name).entry : findNetwork(name);

const describeFile = ({ sha256, imports = {} }: Pick<NetworkConfig, 'sha256' | 'imports'>): string =>
  JSON.stringify([sha256, Object.entries(imports).sort()]);

/**
 * The network of a config.
 * @throws UserError exit code 78 where its file is not the one that the config was made with.
 */
export function networkOf(config: NetworkConfig): NetworkEntry {
  if (config.file === undefined) return findNetwork(config.name);
  const { entry, place } = loadNetworkFile(config.file);
  if (config.sha256 !== undefined && describeFile(config) !== describeFile(place))
    throw configError(
      `${config.file} has changed since this run was planned: put it back, or start a new run in another folder`,
    );
  if (entry.name !== config.name && config.sha256 !== undefined)
    throw configError(`${config.file} holds the network "${entry.name}", expected "${config.name}"`);
  return entry;
}

/**
 * The config with its network's proper name, and for a network of a file with that file's hashes.
 * @throws UserError exit code 66 or 78 where there is no such network or file.
 */
export function withNetwork(config: NetworkConfig): NetworkConfig {
  const { name } = networkOf(config);
  if (config.file === undefined) return config;
  return { ...config, name, ...loadNetworkFile(config.file).place };
}

/** The same for the config of a run. */
export const withNetworkOfRun = (config: RunConfig): RunConfig => ({
  ...config,
  network: withNetwork(config.network),
});
