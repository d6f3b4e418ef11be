import { existsSync, readdirSync } from 'node:fs';
import { ExitCode, UserError } from '../base/errors.ts';
import { packageFile } from '../base/home.ts';
import { suggestion } from '../base/nearest.ts';
import { shellQuote } from '../base/shell.ts';
import { statIfExists } from '../base/stat.ts';

/** The folders of configs/ whose files users can give by name. */
export type ConfigKind = 'runs' | 'sweeps';

const EXTENSION = '.yaml';

/** Names of the shipped configs of a kind, sorted: `cifar10-resnet18`. */
export const shippedConfigs = (kind: ConfigKind): string[] =>
  readdirSync(packageFile(`configs/${kind}`))
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();

const isFile = (path: string): boolean => statIfExists(path)?.isFile() === true;

/**
 * Finds the file of a config by its path or its name. Text that contains `/` or ends with .yaml or .yml is a path. Other text is the
 * name of a shipped config, or a path if no shipped config has that name.
 * @throws UserError exit code 64 if both a shipped config and a file match, 66 if neither does.
 */
export function findConfig(pathOrName: string, kind: ConfigKind): string {
  if (pathOrName.includes('/') || /\.ya?ml$/.test(pathOrName)) return pathOrName;
  const names = shippedConfigs(kind);
  const localFile = [pathOrName, `${pathOrName}${EXTENSION}`, `${pathOrName}.yml`].find(isFile);
  if (!names.includes(pathOrName)) {
    if (existsSync(pathOrName)) return pathOrName;
    throw new UserError(
      `"${pathOrName}" is neither a shipped config nor a file; ${suggestion(pathOrName, names)}`,
      ExitCode.noInput,
    );
  }
  const shipped = packageFile(`configs/${kind}/${pathOrName}${EXTENSION}`);
  if (localFile === undefined) return shipped;
  throw new UserError(
    `"${pathOrName}" is both a file in this folder and a shipped config: write ${shellQuote(`./${localFile}`)} or ${shellQuote(shipped)}`,
    ExitCode.usage,
  );
}
