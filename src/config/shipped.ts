import { existsSync, readdirSync, statSync } from 'node:fs';
import { ExitCode, UserError } from '../base/errors.ts';
import { packageFile } from '../base/home.ts';
import { suggestion } from '../base/nearest.ts';
import { shellQuote } from '../base/shell.ts';

/** The folders of configs/ whose files are called by name. */
export type ConfigKind = 'runs' | 'sweeps';

const EXTENSION = '.yaml';

/** Names of the shipped configs of a kind: `cifar10-resnet18`. */
export const shippedConfigs = (kind: ConfigKind): string[] =>
  readdirSync(packageFile(`configs/${kind}`))
    .filter((file) => file.endsWith(EXTENSION))
    .map((file) => file.slice(0, -EXTENSION.length))
    .sort();

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/**
 * The file that a person means. Whatever has a `/` or ends in .yaml or .yml is a path; anything else is the name of a
 * shipped config, and a path only where no config has that name.
 * @throws UserError exit code 64 where a shipped config and a file here could both be meant, 66 where there is neither.
 */
export function findConfig(given: string, kind: ConfigKind): string {
  if (given.includes('/') || /\.ya?ml$/.test(given)) return given;
  const names = shippedConfigs(kind);
  const here = [given, `${given}${EXTENSION}`, `${given}.yml`].find(isFile);
  if (!names.includes(given)) {
    if (existsSync(given)) return given;
    throw new UserError(
      `there is no shipped config "${given}" and no such file; ${suggestion(given, names)}`,
      ExitCode.noInput,
    );
  }
  const shipped = packageFile(`configs/${kind}/${given}${EXTENSION}`);
  if (here === undefined) return shipped;
  throw new UserError(
    `"${given}" may mean the file here or the shipped config: write ${shellQuote(`./${here}`)} or ${shellQuote(shipped)}`,
    ExitCode.usage,
  );
}
