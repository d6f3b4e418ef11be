import { configError } from '../src/base/errors.ts';
import { nearest } from '../src/base/nearest.ts';
import type { NetworkEntry } from './entry.ts';
import * as families from './families.ts';
import { entryOf, type NetworkDefinition } from './own.ts';

const firstPublished = (family: readonly NetworkEntry[]): string =>
  family.reduce((first, { published }) => (published < first ? published : first), '9999');

/** Every network, family by family in the order of their first publication. */
export const networks: readonly NetworkEntry[] = Object.values<readonly NetworkEntry[]>(families)
  .sort((a, b) => firstPublished(a).localeCompare(firstPublished(b)))
  .flat();

export const networkNames = (): string[] => networks.map(({ name }) => name);

/** `MobileNet_v1`, `mobilenet-v1` and `mobilenet_v1` are one name. */
const simplified = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, '');

const byName = new Map<string, NetworkEntry>();
for (const entry of networks) for (const name of [entry.name, ...entry.aliases]) byName.set(simplified(name), entry);

/**
 * The network of that name or alias.
 * @throws UserError exit code 78 with the nearest names.
 */
export function findNetwork(name: string): NetworkEntry {
  const entry = byName.get(simplified(name));
  if (entry) return entry;
  const near = nearest(name, byName.keys());
  const hint = near.length === 0 ? '' : `; the nearest are ${near.map(nameOf).join(', ')}`;
  throw configError(`no network is called "${name}"${hint} (\`doubletime models\` lists them all)`);
}

/** Whether a shipped or registered network has that name or alias. */
export const isNetworkName = (name: string): boolean => byName.has(simplified(name));

/**
 * Adds a network to those that are found by name, for this process.
 * @throws UserError exit code 78 where the definition is not sound or its name is taken.
 */
export function registerNetwork(definition: NetworkDefinition): NetworkEntry {
  const entry = entryOf(definition);
  const names = [entry.name, ...entry.aliases];
  const taken = names.find(isNetworkName);
  if (taken !== undefined) throw configError(`a network "${taken}" exists already: choose another name`);
  for (const name of names) byName.set(simplified(name), entry);
  return entry;
}

const nameOf = (simple: string): string => byName.get(simple)?.name ?? simple;
