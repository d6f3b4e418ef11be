import { configError } from '../src/base/errors.ts';
import { nearest } from '../src/base/nearest.ts';
import { alexnets } from './alexnet.ts';
import { convnexts } from './convnext.ts';
import { densenets } from './densenet.ts';
import { efficientnets } from './efficientnet.ts';
import { efficientnetsV2 } from './efficientnet_v2.ts';
import type { NetworkEntry } from './entry.ts';
import { entryOf, type NetworkDefinition } from './own.ts';
import { googlenets } from './googlenet.ts';
import { mobilenetsV1 } from './mobilenet_v1.ts';
import { mobilenetsV2 } from './mobilenet_v2.ts';
import { mobilenetsV3 } from './mobilenet_v3.ts';
import { mnasnets } from './mnasnet.ts';
import { regnets } from './regnet.ts';
import { resnets9 } from './resnet9.ts';
import { resnets } from './resnet.ts';
import { shufflenetsV1 } from './shufflenet_v1.ts';
import { shufflenetsV2 } from './shufflenet_v2.ts';
import { squeezenets } from './squeezenet.ts';
import { vggs } from './vgg.ts';
import { vits } from './vit.ts';

/** Every network, family by family in the order of publication. */
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
  ...mnasnets,
  ...resnets9,
  ...mobilenetsV3,
  ...efficientnets,
  ...regnets,
  ...vits,
  ...efficientnetsV2,
  ...convnexts,
];

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
