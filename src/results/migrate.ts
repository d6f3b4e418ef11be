import { dataError } from '../base/errors.ts';
import { hashOfJson } from '../base/json.ts';
import { MEASUREMENT_VERSION } from './measurement.ts';

type Json = Readonly<Record<string, unknown>>;
/** Turns the fields of one version (without `sha256`) into those of the next. */
export type Migration = (body: Json) => Json;

/** The migration from each version (the key) to the next. Version 1 is the first and needs none. */
const known: ReadonlyMap<number, Migration> = new Map();

/**
 * Refuses a JSON object of another kind, such as the record of a search.
 * @throws UserError exit code 65 if it has no field that every measurement has.
 */
export function requireMeasurement(stored: Json): void {
  if (stored['config'] === undefined && stored['sha256'] === undefined)
    throw dataError('not a measurement: it has neither "config" nor "sha256"');
}

/**
 * Migrates a stored measurement to this version of the format, and seals it again. Its hash is checked first. A measurement of
 * this version is returned unchanged and unchecked.
 * @throws UserError exit code 65 for a JSON object of another kind, a newer version, a version without a migration, or a wrong hash.
 */
export function migrate(
  stored: Json,
  migrations: ReadonlyMap<number, Migration> = known,
  target: number = MEASUREMENT_VERSION,
): Json {
  requireMeasurement(stored);
  const version = stored['version'];
  if (version === target) return stored;
  if (typeof version !== 'number' || !Number.isInteger(version))
    throw dataError(
      `not a measurement: its version is ${version === undefined ? 'missing' : JSON.stringify(version)}, expected a whole number up to ${target}`,
    );
  if (version > target)
    throw dataError(
      `measurement version ${version} is newer than ${target}, the newest that this doubletime reads: update doubletime`,
    );
  const { sha256, ...body } = stored;
  if (hashOfJson(body) !== sha256)
    throw dataError(`the measurement (version ${version}) was changed after it was written: its sha256 differs`);
  return applyMigrations(body, version, target, migrations);
}

function applyMigrations(body: Json, from: number, target: number, migrations: ReadonlyMap<number, Migration>): Json {
  let current = body;
  for (let version = from; version < target; version += 1) {
    const step = migrations.get(version);
    if (step === undefined)
      throw dataError(
        `measurement version ${version} cannot be read: this doubletime has no migration to version ${version + 1}`,
      );
    current = { ...step(current), version: version + 1 };
  }
  return { ...current, sha256: hashOfJson(current) };
}
