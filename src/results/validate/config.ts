import { hashOfJson } from '../../base/json.ts';
import { recipeIdentity } from '../../config/initial-weights.ts';
import type { RunConfig } from '../../config/run.ts';
import { accuracyAt } from '../crossing.ts';
import type { Measurement } from '../measurement.ts';
import { isRecord } from '../read.ts';
import { problem, type Problem } from './finding.ts';

/** A group of the config without the path of its file. The id depends on the hash of the file, not on its path. */
function withoutFile(group: unknown): unknown {
  if (!isRecord(group)) return group;
  const rest = { ...group };
  delete rest['file'];
  return rest;
}

/**
 * The hashes that an id may end with: the first 12 hex digits of the sha256 of the config, without `execution` and without the
 * paths of files that have a hash in the config. There are two if the precision is float32, because older configs lack it.
 */
function hashesInId({ config }: Measurement): string[] {
  const { network, recipe } = config;
  const hasWeights = isRecord(recipe) && 'initialWeights' in recipe;
  const withoutPath = hasWeights ? { ...recipe, initialWeights: withoutFile(recipe['initialWeights']) } : recipe;
  const identity = { ...config, ...(network === undefined ? {} : { network: withoutFile(network) }), execution: null };
  const recipes = isRecord(withoutPath) ? [recipeIdentity(withoutPath), withoutPath] : [withoutPath];
  return recipes.map((version) => hashOfJson({ ...identity, recipe: version }).slice(0, 12));
}

function idProblems(run: Measurement): Problem[] {
  const expected = hashesInId(run);
  return expected.some((hash) => run.id.endsWith(`-${hash}`))
    ? []
    : [problem(['id'], `is ${run.id}, but the hash of its config is ${expected[0]!}: the config was changed`)];
}

/** A value that is stored in two places must be the same in both. */
function mustAgree(path: readonly PropertyKey[], actual: unknown, otherPlace: string, expected: unknown): Problem[] {
  return hashOfJson(actual ?? null) === hashOfJson(expected ?? null)
    ? []
    : [problem(path, `is ${JSON.stringify(actual)}, but ${otherPlace} is ${JSON.stringify(expected)}`)];
}

const onlyLetters = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');
const onlyDigits = (name: string): string => name.replaceAll(/\D/g, '');

/**
 * The network must be that of the config. A config may use an alias (`inception_v1`), which only the registry of networks
 * knows. So only names with the same letters are compared: if their digits differ, they are different networks.
 */
function networkProblems({ network, config }: Measurement): Problem[] {
  const configName = (config['network'] as { name?: unknown } | undefined)?.name;
  if (typeof configName !== 'string' || onlyLetters(configName) !== onlyLetters(network)) return [];
  const [digits, expected] = [onlyDigits(network), onlyDigits(configName)];
  return digits === expected || digits.length !== expected.length
    ? []
    : [problem(['network'], `is ${network}, but config.network.name is ${configName}`)];
}

/** The level must be that of the config. An anchor's config has none: its last evaluation sets the level. */
function levelProblems({ level, config, curve }: Measurement): Problem[] {
  const last = curve.at(-1);
  const isAnchor = level?.anchor !== undefined && config['level'] === null;
  if (!isAnchor || last === undefined) return mustAgree(['level'], level, 'config.level', config['level']);
  const accuracy = accuracyAt(last, level.metric);
  return level.value === undefined
    ? []
    : mustAgree(['level', 'value'], level.value, 'the last accuracy of the anchor', accuracy);
}

/** Checks what the measurement repeats from its config, for configs of any version, and the hash of the config in the id. */
export function configProblems(run: Measurement): Problem[] {
  const { config } = run;
  return [
    ...idProblems(run),
    ...networkProblems(run),
    ...(config['seed'] === undefined ? [] : mustAgree(['seed'], run.seed, 'config.seed', config['seed'])),
    ...levelProblems(run),
  ];
}

/** The numbers of examples in the description of a part: `10000 of 50000 train`. */
const PART = /(\d+) of (\d+) (train|validation)/g;

function partProblems({ data }: Measurement, config: RunConfig): Problem[] {
  const text = data.part ?? '';
  const used = { train: data.trainExamples, validation: data.validationExamples } as const;
  const wrong = [...text.matchAll(PART)].filter(([, part, whole, split]) => {
    const examples = used[split as keyof typeof used];
    return Number(part) !== examples || Number(whole) <= examples;
  });
  const seed = /part seed (\d+)/.exec(text)?.[1];
  return [
    ...wrong.map(([words]) =>
      problem(
        ['data', 'part'],
        `says "${words}", but the measurement has ${data.trainExamples} training and ${data.validationExamples} validation images`,
      ),
    ),
    ...(seed === undefined || Number(seed) === config.data.partSeed
      ? []
      : [problem(['data', 'part'], `says part seed ${seed}, but config.data.partSeed is ${config.data.partSeed}`)]),
  ];
}

/** CIFAR-10 (Krizhevsky 2009) has 50,000 + 10,000 images of 10 classes. The description of a part must name these totals. */
const CIFAR10 = { classes: 10, train: 50_000, validation: 10_000 } as const;

function cifar10Problems({ data }: Measurement): Problem[] {
  const checkSplit = (split: 'train' | 'validation', examples: number): Problem[] => {
    const described = new RegExp(`of (\\d+) ${split}`).exec(data.part ?? '')?.[1];
    const all = described === undefined ? examples : Number(described);
    return all === CIFAR10[split]
      ? []
      : [problem(['data'], `has ${all} ${split} images, expected ${CIFAR10[split]} as CIFAR-10 has`)];
  };
  return [
    ...checkSplit('train', data.trainExamples),
    ...checkSplit('validation', data.validationExamples),
    ...(data.classes.length === CIFAR10.classes
      ? []
      : [problem(['data', 'classes'], `has ${data.classes.length} classes, expected 10 as CIFAR-10 has`)]),
  ];
}

/** A step may use float32 and the number format of its recipe, but no other. */
function precisionProblems({ counts: { macsByPrecision = {} } }: Measurement, { recipe }: RunConfig): Problem[] {
  const other = Object.keys(macsByPrecision).find((format) => format !== 'float32' && format !== recipe.precision);
  return other === undefined
    ? []
    : [
        problem(
          ['counts', 'macsByPrecision'],
          `has MACs in ${other}, but config.recipe.precision is ${recipe.precision}`,
        ),
      ];
}

/** Checks the dataset and the counted graph against what the config asks for. */
export function dataProblems(run: Measurement, config: RunConfig): Problem[] {
  const { data, counts } = run;
  const requested = config.data;
  const count = (key: 'trainExamples' | 'validationExamples'): Problem[] =>
    requested[key] === undefined ? [] : mustAgree(['data', key], data[key], `config.data.${key}`, requested[key]);
  return [
    ...mustAgree(['counts', 'batch'], counts.batch, 'config.recipe.batch', config.recipe.batch),
    ...precisionProblems(run, config),
    ...mustAgree(['data', 'input'], data.input, 'config.data.input', requested.input),
    // The measurement names the source that a pack was made from.
    ...(requested.source === 'pack'
      ? []
      : mustAgree(['data', 'source'], data.source, 'config.data.source', requested.source)),
    ...count('trainExamples'),
    ...count('validationExamples'),
    ...(requested.classes === undefined
      ? []
      : mustAgree(['data', 'classes', 'length'], data.classes.length, 'config.data.classes', requested.classes)),
    ...(new Set(data.classes).size === data.classes.length
      ? []
      : [problem(['data', 'classes'], 'lists a class twice')]),
    ...(requested.source === 'cifar10'
      ? [...mustAgree(['data', 'name'], data.name, 'config.data.source', 'cifar10'), ...cifar10Problems(run)]
      : []),
    ...(/^[0-9a-f]{64}$/.test(data.sha256)
      ? []
      : [problem(['data', 'sha256'], `is ${data.sha256}, expected a sha256: 64 hex digits`)]),
    ...partProblems(run, config),
  ];
}
