import { existsSync, readdirSync, statSync } from 'node:fs';
import { ExitCode, UserError } from '../base/errors.ts';
import { packageFile } from '../base/home.ts';
import { suggestion } from '../base/nearest.ts';
import { shellQuote } from '../base/shell.ts';

/** The folders of configs/ with files that can be given by name. */
export type ConfigKind = 'runs' | 'sweeps';

const EXTENSION = '.yaml';

/** Names of the shipped configs of a kind, sorted: `cifar10-resnet18`. */
export const shippedConfigs = (kind: ConfigKind): string[] =>
  readdirSync(packageFile(`configs/${kind}`))
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * The file of a config that is given by path or by name. Text with a `/` or that ends in .yaml or .yml is a path. Other text
 * is the name of a shipped config, or a path if no shipped config has that name.
 * @throws UserError exit code 64 if both a shipped config and a file match, 66 if neither does.
 */
export function findConfig(given: string, kind: ConfigKind): string {
  if (given.includes('/') || /\.ya?ml$/.test(given)) return given;
  const names = shippedConfigs(kind);
  const here = [given, `${given}${EXTENSION}`, `${given}.yml`].find(isFile);
  if (!names.includes(given)) {
    if (existsSync(given)) return given;
    throw new UserError(
      `"${given}" is neither a shipped config nor a file; ${suggestion(given, names)}`,
      ExitCode.noInput,
    );
  }
  const shipped = packageFile(`configs/${kind}/${given}${EXTENSION}`);
  if (here === undefined) return shipped;
  throw new UserError(
    `"${given}" is both a file in this folder and a shipped config: write ${shellQuote(`./${here}`)} or ${shellQuote(shipped)}`,
    ExitCode.usage,
  );
}
