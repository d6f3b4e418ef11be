import { configError } from '../src/base/errors.ts';
import { nearest } from '../src/base/nearest.ts';
import { alexnets } from './alexnet.ts';
import { densenets } from './densenet.ts';
import { efficientnets } from './efficientnet.ts';
import type { NetworkEntry } from './entry.ts';
import { createEntry, type NetworkDefinition } from './own.ts';
import { googlenets } from './googlenet.ts';
import { mobilenetsV1 } from './mobilenet_v1.ts';
import { mobilenetsV2 } from './mobilenet_v2.ts';
import { resnets } from './resnet.ts';
import { shufflenetsV1 } from './shufflenet_v1.ts';
import { shufflenetsV2 } from './shufflenet_v2.ts';
import { squeezenets } from './squeezenet.ts';
import { vggs } from './vgg.ts';

/** All shipped networks, by family in the order of publication. */
export const networks: readonly NetworkEntry[] = [
  ...alexnets,
  ...vggs,
  ...googlenets,
  ...resnets,
  ...squeezenets,
  ...densenets,
  ...mobilenetsV1,
  ...shufflenetsV1,
  ...mobilenetsV2,
  ...shufflenetsV2,
  ...efficientnets,
];

export const networkNames = (): string[] => networks.map(({ name }) => name);

/** Removes case and separators: `MobileNet_v1`, `mobilenet-v1` and `mobilenet_v1` are the same name. */
const normalize = (name: string): string => name.toLowerCase().replaceAll(/[-_. ]/g, '');

const byName = new Map<string, NetworkEntry>();
for (const entry of networks) for (const name of [entry.name, ...entry.aliases]) byName.set(normalize(name), entry);

/**
 * Finds a network by its name or an alias.
 * @throws UserError exit code 78 with similar names.
 */
export function findNetwork(name: string): NetworkEntry {
  const entry = byName.get(normalize(name));
  if (entry) return entry;
  const near = nearest(name, byName.keys());
  const hint = near.length === 0 ? '' : `; similar names are ${near.map(toName).join(', ')}`;
  throw configError(`there is no network "${name}"${hint}; \`doubletime models\` lists all networks`);
}

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
