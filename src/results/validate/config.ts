import { hashOfJson } from '../../base/json.ts';
import { recipeIdentity } from '../../config/initial-weights.ts';
import type { RunConfig } from '../../config/run.ts';
import { accuracyAt } from '../crossing.ts';
import type { Measurement } from '../measurement.ts';
import { isRecord } from '../read.ts';
import { problem, type Problem } from './finding.ts';

/** A group of the config without the path of its file: the content's hash counts, the path does not. */
function withoutFile(group: unknown): unknown {
  if (!isRecord(group)) return group;
  const rest = { ...group };
  delete rest['file'];
  return rest;
}

/**
 * An id must end with the first 12 hex digits of the sha256 of the config without `execution` and without the paths of files
 * that the config names with their hash. The precision float32, which older configs do not name, may be in the hash or not.
 */
function hashesInId({ config }: Measurement): string[] {
  const { network, recipe } = config;
  const given = isRecord(recipe) && 'initialWeights' in recipe;
  const named = given ? { ...recipe, initialWeights: withoutFile(recipe['initialWeights']) } : recipe;
  const identity = { ...config, ...(network === undefined ? {} : { network: withoutFile(network) }), execution: null };
  const recipes = isRecord(named) ? [recipeIdentity(named), named] : [named];
  return recipes.map((each) => hashOfJson({ ...identity, recipe: each }).slice(0, 12));
}

function idProblems(run: Measurement): Problem[] {
  const expected = hashesInId(run);
  return expected.some((hash) => run.id.endsWith(`-${hash}`))
    ? []
    : [problem(['id'], `is ${run.id}, but the hash of its config is ${expected[0]!}: the config was changed`)];
}

/** A value that is stored in two places must be the same in both. */
function mustAgree(path: readonly PropertyKey[], is: unknown, elsewhere: string, expected: unknown): Problem[] {
  return hashOfJson(is ?? null) === hashOfJson(expected ?? null)
    ? []
    : [problem(path, `is ${JSON.stringify(is)}, but ${elsewhere} is ${JSON.stringify(expected)}`)];
}

const lettersOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]/g, '');
const digitsOf = (name: string): string => name.replaceAll(/\D/g, '');

/**
 * The network must be the one of the config. A config may use an alias (`inception_v1`), which only the registry knows, so
 * only names with the same letters are compared: with other digits they are different networks.
 */
function networkProblems({ network, config }: Measurement): Problem[] {
  const named = (config['network'] as { name?: unknown } | undefined)?.name;
  if (typeof named !== 'string' || lettersOf(named) !== lettersOf(network)) return [];
  const [digits, expected] = [digitsOf(network), digitsOf(named)];
  return digits === expected || digits.length !== expected.length
    ? []
    : [problem(['network'], `is ${network}, but config.network.name is ${named}`)];
}

/** The level must be that of the config; an anchor trains without one and sets it by its own last evaluation. */
function levelProblems({ level, config, curve }: Measurement): Problem[] {
  const last = curve.at(-1);
  const isOwn = level?.anchor !== undefined && config['level'] === null;
  if (!isOwn || last === undefined) return mustAgree(['level'], level, 'config.level', config['level']);
  const set = accuracyAt(last, level.metric);
  return level.value === undefined
    ? []
    : mustAgree(['level', 'value'], level.value, 'the last accuracy of the anchor', set);
}

/** Checks the facts that the config repeats, for configs of any version, and the config's hash in the id. */
export function configProblems(run: Measurement): Problem[] {
  const { config } = run;
  return [
    ...idProblems(run),
    ...networkProblems(run),
    ...(config['seed'] === undefined ? [] : mustAgree(['seed'], run.seed, 'config.seed', config['seed'])),
    ...levelProblems(run),
  ];
}

/** The numbers of examples in a dataset's description must be right: `10000 of 50000 train`. */
const PART = /(\d+) of (\d+) (train|validation)/g;

function partProblems({ data }: Measurement, config: RunConfig): Problem[] {
  const text = data.part ?? '';
  const taken = { train: data.trainExamples, validation: data.validationExamples } as const;
  const wrong = [...text.matchAll(PART)].filter(([, part, whole, which]) => {
    const is = taken[which as keyof typeof taken];
    return Number(part) !== is || Number(whole) <= is;
  });
  const seed = /part seed (\d+)/.exec(text)?.[1];
  return [
    ...wrong.map(([words]) =>
      problem(
        ['data', 'part'],
        `says "${words}", but the measurement has ${data.trainExamples} training and ${data.validationExamples} validation examples`,
      ),
    ),
    ...(seed === undefined || Number(seed) === config.data.partSeed
      ? []
      : [problem(['data', 'part'], `says part seed ${seed}, but config.data.partSeed is ${config.data.partSeed}`)]),
  ];
}

/** CIFAR-10 (Krizhevsky 2009) has 50,000 + 10,000 images of 10 classes; a part must name these totals. */
const CIFAR10 = { classes: 10, train: 50_000, validation: 10_000 } as const;

function cifar10Problems({ data }: Measurement): Problem[] {
  const whole = (which: 'train' | 'validation', is: number): Problem[] => {
    const said = new RegExp(`of (\\d+) ${which}`).exec(data.part ?? '')?.[1];
    const all = said === undefined ? is : Number(said);
    return all === CIFAR10[which]
      ? []
      : [problem(['data'], `has ${all} ${which} examples, CIFAR-10 has ${CIFAR10[which]}`)];
  };
  return [
    ...whole('train', data.trainExamples),
    ...whole('validation', data.validationExamples),
    ...(data.classes.length === CIFAR10.classes
      ? []
      : [problem(['data', 'classes'], `has ${data.classes.length} classes, CIFAR-10 has 10`)]),
  ];
}

/** Beside float32, a step may only use the number format of its recipe. */
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

/** Checks what the config asks for against the dataset and the counted graph. */
export function dataProblems(run: Measurement, config: RunConfig): Problem[] {
  const { data, counts } = run;
  const asked = config.data;
  const count = (key: 'trainExamples' | 'validationExamples'): Problem[] =>
    asked[key] === undefined ? [] : mustAgree(['data', key], data[key], `config.data.${key}`, asked[key]);
  return [
    ...mustAgree(['counts', 'batch'], counts.batch, 'config.recipe.batch', config.recipe.batch),
    ...precisionProblems(run, config),
    ...mustAgree(['data', 'input'], data.input, 'config.data.input', asked.input),
    // A pack keeps the source that it was made from.
    ...(asked.source === 'pack' ? [] : mustAgree(['data', 'source'], data.source, 'config.data.source', asked.source)),
    ...count('trainExamples'),
    ...count('validationExamples'),
    ...(asked.classes === undefined
      ? []
      : mustAgree(['data', 'classes', 'length'], data.classes.length, 'config.data.classes', asked.classes)),
    ...(new Set(data.classes).size === data.classes.length
      ? []
      : [problem(['data', 'classes'], 'lists a class twice')]),
    ...(asked.source === 'cifar10'
      ? [...mustAgree(['data', 'name'], data.name, 'config.data.source', 'cifar10'), ...cifar10Problems(run)]
      : []),
    ...(/^[0-9a-f]{64}$/.test(data.sha256)
      ? []
      : [problem(['data', 'sha256'], `is ${data.sha256}, expected a sha256: 64 hex digits`)]),
    ...partProblems(run, config),
  ];
}
