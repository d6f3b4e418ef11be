import { basename } from 'node:path';
import { groupBy } from '../../../src/base/group-by.ts';
import { isGroup } from '../../../src/base/json.ts';
import { formatNumber, formatPercent } from '../../../src/base/text/format.ts';
import { asSentence } from '../../../src/base/text/sentence.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { edgesText, settingsText } from '../../../src/sweep/search/text.ts';
import type { Study } from './read.ts';

type Search = NonNullable<Study['search']>;

/** A study with a search. */
interface Searched extends Pick<Study, 'stored'> {
  readonly search: Search;
}

/** The measurements of a run of the sweep, one per seed. */
const runsNamed = (run: string, stored: Study['stored']): Measurement[] =>
  stored.filter(({ file }) => basename(file).startsWith(`${run}-s`)).map(({ measurement }) => measurement);

/** The value of a key in a config, such as `recipe.learningRate`. */
const valueOf = (config: unknown, key: string): unknown =>
  key.split('.').reduce<unknown>((group, name) => (isGroup(group) ? group[name] : undefined), config);

/** The networks that were measured with other values than the search chose; empty if there are none. */
function otherValuesText({ search, stored }: Searched): string {
  const others = search.networks.flatMap(({ run, trials, chosen }) => {
    const settings = trials.find(({ number }) => number === chosen)?.settings ?? {};
    const measured = runsNamed(run, stored).flatMap(({ config }) =>
      Object.entries(settings).filter(([key, value]) => valueOf(config, key) !== value),
    );
    return measured.length === 0 ? [] : [`${run} (chosen: ${settingsText(Object.fromEntries(measured))})`];
  });
  return others.length === 0
    ? ''
    : `These runs have other values, because they are not trained again yet: ${others.join(', ')}.\n`;
}

/** The networks whose best setting is the smallest or the largest that was tried; empty if there are none. */
function edgesOf(search: Search): string {
  const text = edgesText(
    search.networks.map(({ run, trials, chosen }) => ({
      network: run,
      best: trials.find(({ number }) => number === chosen)?.settings ?? {},
      tried: trials.map(({ settings }) => settings),
    })),
  );
  return text ? `${asSentence(text)}\n` : '';
}

/** How the settings were chosen: by a search, or by hand. */
export function tuningText({ search, folder, stored }: Study): string {
  if (!search) return '\nSettings: chosen by hand, not by `doubletime search`.\n';
  const keys = new Set(
    search.networks.flatMap(({ trials }) => trials.flatMap(({ settings }) => Object.keys(settings))),
  );
  const names = [...keys].map((key) => `\`${key}\``).join(', ');
  const trials = usualAndOthers(
    'trials',
    search.networks.map((network) => [network.run, network.trials.length]),
  );
  const epochs = usualAndOthers(
    'epochs',
    search.networks.map(({ run, budgetEpochs }) => [run, budgetEpochs]),
  );
  return (
    `\n\`doubletime search\` chose the values of ${names}, with seed ${search.seed}. Each network had ${trials}, which together trained ` +
    `for at most ${epochs}.${searchLevelText(search)} All other settings were chosen by hand.${longerText({ search, stored })} ` +
    `[search.json](${folder}/search.json) lists every trial.\n${otherValuesText({ search, stored })}${edgesOf(search)}`
  );
}

/** The level of a search is that of its own run of the anchor; empty if it has none. */
function searchLevelText({ networks }: Search): string {
  const anchor = networks.find(({ goal }) => goal === 'finalAccuracy');
  const epochs = anchor?.trials.find(({ number }) => number === anchor.chosen)?.epochsTrained;
  const level = networks.find(({ goal }) => goal === 'computeToLevel')?.level?.value;
  if (anchor === undefined || epochs === undefined || level === undefined) return '';
  return ` The level of the search was ${formatPercent(level)}, the accuracy of ${anchor.run} after ${formatNumber(epochs)} epochs.`;
}

/** The value that most networks have, with the networks that have another: `8 epochs (alexnet: 16)`. */
function usualAndOthers(unit: string, values: readonly (readonly [name: string, value: number])[]): string {
  const counts = [...groupBy(values, ([, value]) => String(value))].sort(([, a], [, b]) => b.length - a.length);
  const usual = counts[0]?.[1][0]?.[1] ?? 0;
  const others = values
    .filter(([, value]) => value !== usual)
    .map(([name, value]) => `${name}: ${formatNumber(value)}`);
  const text = `${formatNumber(usual)} ${unit}`;
  return others.length === 0 ? text : `${text} (${others.join(', ')})`;
}

/** The networks that missed the level in the search and have more epochs in the study; empty if there are none. */
function longerText({ search, stored }: Searched): string {
  const longer = search.networks.flatMap(({ run, goal, best, chosen, trials }) => {
    const searched = trials.find(({ number }) => number === chosen)?.epochsTrained;
    const measured = runsNamed(run, stored)[0];
    const epochs = measured && recipeEpochs(measured);
    const isLonger = goal === 'computeToLevel' && best === null && searched !== undefined && epochs !== undefined;
    return isLonger && epochs > searched ? [{ run, searched, epochs }] : [];
  });
  const sentences = [...groupBy(longer, ({ searched, epochs }) => `${searched} ${epochs}`).values()].map((networks) => {
    const [{ searched, epochs }] = networks as [(typeof networks)[0]];
    const names = networks.map(({ run }) => run).join(' and ');
    return ` In the search, ${names} missed the level in ${formatNumber(searched)} epochs; here ${networks.length === 1 ? 'it trains' : 'they train'} for ${epochs}.`;
  });
  return sentences.join('');
}

const recipeEpochs = ({ config }: Measurement): number | undefined =>
  (config['recipe'] as { epochs?: number } | undefined)?.epochs;
