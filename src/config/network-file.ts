import { basename, dirname, extname, resolve } from 'node:path';
import { ExitCode } from '../base/errors.ts';
import { pathExists } from '../base/files/stat.ts';
import { isGroup } from '../base/json.ts';
import { isNetworkFile } from './run.ts';
import { errorAt, include, type Path, valueAt, type YamlSource } from './yaml/yaml.ts';

/** Applies `resolveNetworkFile` to every network of a sweep. */
export function resolveNetworkFiles(source: YamlSource): YamlSource {
  const lists: Path[] = [['runs'], ['grid', 'networks']];
  const paths = lists.flatMap((list) => {
    const items = valueAt(source, list);
    return Array.isArray(items) ? items.map((_, i): Path => [...list, i]) : [];
  });
  return paths.reduce(
    (whole, path) => resolveNetworkFile(whole, path[0] === 'runs' ? [...path, 'network'] : path),
    source,
  );
}

/**
 * Fills in `file` of the network at `path` if the network is the path of a file: `network: ./my-net.ts`, or `name: ./my-net.ts` with
 * options. Paths are relative to the config file. A plain name becomes a group of keys with this name.
 * @throws UserError exit code 66 with file:line:column if the file does not exist.
 */
export function resolveNetworkFile(source: YamlSource, path: Path): YamlSource {
  const network = valueAt(source, path);
  const group = typeof network === 'string' ? { name: network } : network;
  if (!isGroup(group)) return source;
  const nameOrPath = group['file'] ?? group['name'];
  const isFile = typeof nameOrPath === 'string' && ('file' in group || isNetworkFile(nameOrPath));
  if (!isFile && group === network) return source;
  const value = isFile ? { ...group, ...findNetworkFile(source, path, nameOrPath) } : group;
  const located = {
    file: source.file,
    value,
    locate: (rest: Path) => source.locate([...path, ...rest]),
    quotedText: (rest: Path) => source.quotedText([...path, ...rest]),
  };
  return include(source, path, located);
}

/** The name of a network in a file, until the file is read. */
const provisionalName = (file: string): string => basename(file, extname(file)).replaceAll(/[^\w.-]+/g, '-');

function findNetworkFile(source: YamlSource, path: Path, filePath: string): { name: string; file: string } {
  const file = resolve(dirname(source.file), filePath);
  if (!pathExists(file))
    throw errorAt(
      source,
      path,
      `the file ${file} does not exist: expected the name of a network or the path of its file`,
      ExitCode.noInput,
    );
  const network = valueAt(source, path);
  const name = isGroup(network) && 'file' in network ? network['name'] : undefined;
  return { name: typeof name === 'string' ? name : provisionalName(file), file };
}
