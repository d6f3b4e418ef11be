import { configError } from '../src/base/errors.ts';
import { nearest } from '../src/base/text/nearest.ts';
import type { NetworkEntry } from './entry.ts';
import * as families from './families.ts';
import { createEntry, type NetworkDefinition } from './own.ts';

const firstPublished = (family: readonly NetworkEntry[]): string =>
  family.reduce((first, { published }) => (published < first ? published : first), '9999');

/** All networks: family by family, in the order of the families' first publication. */
export const networks: readonly NetworkEntry[] = Object.values<readonly NetworkEntry[]>(families)
  .sort((a, b) => firstPublished(a).localeCompare(firstPublished(b)))
  .flat();

/** The names of all shipped networks, without aliases. */
export const networkNames = (): string[] => networks.map(({ name }) => name);

/** Removes case and separators: `MobileNet_v1`, `mobilenet-v1` and `mobilenet_v1` are the same name. */
const normalize = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, '');

const byName = new Map<string, NetworkEntry>();
for (const entry of networks) for (const name of [entry.name, ...entry.aliases]) byName.set(normalize(name), entry);

/**
 * Finds a shipped or registered network by its name or an alias.
 * @throws UserError exit code 78 with similar names if the network does not exist.
 */
export function findNetwork(name: string): NetworkEntry {
  const entry = byName.get(normalize(name));
  if (entry) return entry;
  const near = nearest(name, byName.keys());
  const hint = near.length === 0 ? '' : `; similar names are ${near.map(toName).join(', ')}`;
  throw configError(`the network "${name}" does not exist${hint}; \`doubletime models\` lists all networks`);
}

const shippedNames = new Set(byName.keys());

/** Whether a shipped network has this name or alias. */
export const isShippedName = (name: string): boolean => shippedNames.has(normalize(name));

/** Whether a shipped or registered network has this name or alias. */
export const isNetworkName = (name: string): boolean => byName.has(normalize(name));

/**
 * Registers a network in this process, so that it can be found by its name and aliases.
 * @throws UserError exit code 78 if the definition is invalid or its name is taken.
 */
export function registerNetwork(definition: NetworkDefinition): NetworkEntry {
  const entry = createEntry(definition);
  const names = [entry.name, ...entry.aliases];
  const taken = names.find(isNetworkName);
  if (taken !== undefined) throw configError(`a network "${taken}" already exists: choose another name`);
  for (const name of names) byName.set(normalize(name), entry);
  return entry;
}

const toName = (normalized: string): string => byName.get(normalized)?.name ?? normalized;
