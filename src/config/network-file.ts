import { existsSync } from 'node:fs';
import { basename, dirname, extname, resolve } from 'node:path';
import { isNetworkFile } from './run.ts';
import { errorAt, include, type Path, valueAt, type YamlSource } from './yaml.ts';

const isGroup = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === 'object' && !Array.isArray(value);

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
 * Fills in `file` of the network at `path` if the network is the path of a file: `network: ./my-net.ts`, or such a path as
 * `name` beside options. Paths are relative to the config file. A plain name becomes a group with that name.
 * @throws UserError exit code 78 with file:line:column if the file does not exist.
 */
export function resolveNetworkFile(source: YamlSource, path: Path): YamlSource {
  const given = valueAt(source, path);
  const group = typeof given === 'string' ? { name: given } : given;
  if (!isGroup(group)) return source;
  const written = group['file'] ?? group['name'];
  const isFile = typeof written === 'string' && ('file' in group || isNetworkFile(written));
  if (!isFile && group === given) return source;
  const value = isFile ? { ...group, ...findNetworkFile(source, path, written) } : group;
  const located = {
    file: source.file,
    value,
    locate: (rest: Path) => source.locate([...path, ...rest]),
    quotedText: (rest: Path) => source.quotedText([...path, ...rest]),
  };
  return include(source, path, located);
}

/** The network's name until its file is read. */
const provisionalName = (file: string): string => basename(file, extname(file)).replaceAll(/[^\w.-]+/g, '-');

function findNetworkFile(source: YamlSource, path: Path, written: string): { name: string; file: string } {
  const file = resolve(dirname(source.file), written);
  if (!existsSync(file))
    throw errorAt(
      source,
      path,
      `the file ${file} does not exist: expected the name of a network or the path of its file`,
    );
  const given = valueAt(source, path);
  const own = isGroup(given) && 'file' in given ? given['name'] : undefined;
  return { name: typeof own === 'string' ? own : provisionalName(file), file };
}
