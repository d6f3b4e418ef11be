import { dataError } from '../base/errors.ts';
import { hashOfJson } from '../base/json.ts';
import { MEASUREMENT_VERSION } from './measurement.ts';

type Json = Readonly<Record<string, unknown>>;
/** Turns the fields of one version (without `sha256`) into those of the next. */
export type Migration = (body: Json) => Json;

/** From the version that is the key to the next one. Version 1 is the first, so nothing is older yet. */
const known: ReadonlyMap<number, Migration> = new Map();

/**
 * Brings a stored measurement of an older version to this one, after its own hash was checked in the shape it was sealed
 * in. This version's own pass through untouched.
 * @throws UserError exit code 65 for a version from the future, one without a migration, and a broken hash.
 */
export function migrate(
  stored: Json,
  migrations: ReadonlyMap<number, Migration> = known,
  target: number = MEASUREMENT_VERSION,
): Json {
  const version = stored['version'];
  if (version === target) return stored;
  if (typeof version !== 'number' || !Number.isInteger(version))
    throw dataError(`not a measurement: it has no version number (this program writes ${target})`);
  if (version > target)
    throw dataError(`measurement version ${version} is newer than the ${target} this program reads: update doubletime`);
  const { sha256, ...body } = stored;
  if (hashOfJson(body) !== sha256)
    throw dataError(`measurement version ${version} was changed after it was written: its sha256 differs`);
  return resealed(body, version, target, migrations);
}

function resealed(body: Json, from: number, target: number, migrations: ReadonlyMap<number, Migration>): Json {
  let migrated = body;
  for (let version = from; version < target; version += 1) {
    const step = migrations.get(version);
    if (step === undefined)
      throw dataError(`measurement version ${version} cannot be read: there is no migration to version ${version + 1}`);
    migrated = { ...step(migrated), version: version + 1 };
  }
  return { ...migrated, sha256: hashOfJson(migrated) };
}
