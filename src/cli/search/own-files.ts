import { realpathSync, renameSync } from 'node:fs';
import { configError, ExitCode, messageOf, UserError } from '../../base/errors.ts';
import { withWriteErrors, writeFileAtomic } from '../../base/files/files.ts';
import { readTextIfExists } from '../../base/files/read-file.ts';
import { lstatIfExists, pathExists } from '../../base/files/stat.ts';
import { isGroup } from '../../base/json.ts';
import { parseJson } from '../../results/read.ts';

/** The part of a `search.json` that says which search it belongs to. Files of earlier versions have no `config`. */
export type SearchIdentity =
  | { readonly version: 2; readonly sweep: string; readonly seed: number }
  | { readonly version: 1; readonly network: string; readonly level: object; readonly config?: string };

/** @throws UserError exit code 64 if the tuned sweep would replace the file that is searched. */
export function refuseInput(input: string, tuned: string): void {
  if (!pathExists(tuned) || realpathSync(tuned) !== realpathSync(input)) return;
  throw new UserError(`${tuned} would be replaced by the tuned sweep: choose another --dir`, ExitCode.usage);
}

function nameOf(search: SearchIdentity): string {
  if (search.version === 2) return `the search of ${search.sweep} with the seed ${search.seed}`;
  const { metric, value } = search.level as { metric?: string; value?: number };
  return `the search for the schedule of ${search.network} to ${metric} ${value}`;
}

function parseIdentity(file: string, text: string): SearchIdentity {
  const refuse = (why: string): UserError =>
    configError(`${file} is not of a search (${why}): move it away, or choose another --dir`);
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    throw refuse(messageOf(error));
  }
  if (isGroup(value) && typeof value['sweep'] === 'string') return { ...value, version: 2 } as SearchIdentity;
  if (isGroup(value) && isGroup(value['level'])) return { ...value, version: 1 } as SearchIdentity;
  throw refuse('it names no sweep and no level');
}

/** @throws UserError exit code 78 naming both searches if `search.json` belongs to another one; 65 if it is no regular file. */
export function requireSameSearch(file: string, own: SearchIdentity): void {
  const text = readTextIfExists(file);
  if (text === undefined) return;
  const other = parseIdentity(file, text);
  const hasOtherConfig = own.version === 1 && other.version === 1 && (other.config ?? own.config) !== own.config;
  if (nameOf(other) === nameOf(own) && !hasOtherConfig) return;
  const why = nameOf(other) === nameOf(own) ? `${nameOf(other)} with another config` : nameOf(other);
  throw configError(`${file} belongs to ${why}, not to ${nameOf(own)}: choose another --dir`);
}

/** Writes `search.json`. @throws UserError as `requireSameSearch`; 73 or 74 if it cannot be written. */
export function writeSearch(file: string, content: SearchIdentity): void {
  requireSameSearch(file, content);
  writeFileAtomic(file, `${JSON.stringify(content, null, 2)}\n`);
}

/**
 * Writes the tuned sweep. A file with other content, which a user may have edited, is kept as `FILE.before-1`, `-2` and so on.
 * @returns the name of the kept file, if there is one.
 * @throws UserError exit code 65 if it is no regular file; 73 or 74 if it cannot be written.
 */
export function writeTuned(file: string, text: string): string | undefined {
  const before = readTextIfExists(file);
  if (before === text) return undefined;
  const kept = before === undefined ? undefined : keepBefore(file);
  writeFileAtomic(file, text);
  return kept;
}

function keepBefore(file: string): string {
  let n = 1;
  while (lstatIfExists(`${file}.before-${n}`) !== undefined) n += 1;
  const kept = `${file}.before-${n}`;
  withWriteErrors(kept, () => {
    renameSync(file, kept);
  });
  return kept;
}
