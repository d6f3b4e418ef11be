import type { NetworkEntry } from '../../models/entry.ts';
import type { GivenOptions } from '../../models/options.ts';
import { type RecipeConfig, recipeSchema } from '../../src/config/recipe.ts';
import { stepFunctions, recordFunctions } from '../../src/engine/create-engine.ts';
import { planStep } from '../../src/engine/plan.ts';
import * as optimizers from '../../src/recipe/optimizers/registry.ts';
import type { OpAttribute } from '../../src/runtime/binding.ts';
import { AttributeType, DataType } from '../../src/runtime/types.ts';
import { dataTypeName } from './data-type-name.ts';

/** An op with its types, and the steps that contain it. */
export interface UsedOp {
  readonly op: string;
  /** Type attributes: `{ T: 'float32' }`. */
  readonly types: Readonly<Record<string, string>>;
  readonly steps: Set<string>;
}

/** Recipes with every optimizer and every option that adds ops to a step. */
const recipes: readonly RecipeConfig[] = [
  { optimizer: { name: 'sgd', nesterov: true }, clipGradientNorm: 1, gradientAccumulation: 2 },
  { optimizer: { name: 'rmsprop' }, movingAverage: { decay: 0.9 }, labelSmoothing: 0.1 },
  {
    optimizer: { name: 'adam' },
    weightDecay: { value: 0.1, kind: 'decoupled' },
    augmentation: { lighting: 0.1, colorJitter: {} },
  },
  ...Object.keys(optimizers).map((name) => ({ optimizer: { name } })),
].map((recipe) => recipeSchema.parse({ batch: 4, epochs: 1, learningRate: 0.1, dropout: 0.1, ...recipe }));

/** The options with which a network is recorded: its defaults, and options that add ops to it. */
const variantsToRecord = ({ options }: NetworkEntry): GivenOptions[] => [
  {},
  ...('blur' in options ? [{ blur: 4 }] : []),
];

/** Ops that a graph contains in addition to the recorded ops (src/trace/graph.ts): variables, feeds, constants, outputs. */
const GRAPH_OPS: readonly [string, string][] = [
  ['VarHandleOp', 'dtype'],
  ['ReadVariableOp', 'dtype'],
  ['AssignVariableOp', 'dtype'],
  ['Placeholder', 'dtype'],
  ['Const', 'dtype'],
  ['Identity', 'T'],
];

/**
 * The ops in the training and evaluation steps of the networks with every optimizer. An op is listed once for each set of types.
 * The types do not depend on the batch size.
 */
export function usedOps(networks: readonly NetworkEntry[], print: (line: string) => void = () => undefined): UsedOp[] {
  const found = new Map<string, UsedOp>();
  const add = (op: string, types: Record<string, string>, step: string) => {
    const key = `${op} ${JSON.stringify(types)}`;
    const used = found.get(key) ?? { op, types, steps: new Set() };
    used.steps.add(step);
    found.set(key, used);
  };
  for (const entry of networks) {
    const { name, input } = entry;
    print(`recording ${name}`);
    for (const options of variantsToRecord(entry)) {
      for (const recipe of recipes) {
        const images = { input, side: input + 8, padding: 4 };
        const plan = planStep({ forward: entry.build(options), recipe, ...images });
        for (const [part, { ops }] of recordFunctions(stepFunctions(plan))) {
          for (const op of ops) add(op.name, readTypes(op.attributes), `${name} ${part}`);
        }
      }
    }
  }
  for (const [op, attribute] of GRAPH_OPS) {
    add(op, { [attribute]: dataTypeName(DataType.float) }, 'every graph');
  }
  return [...found.values()].sort((a, b) => (a.op < b.op ? -1 : 1));
}

function readTypes(attributes: readonly OpAttribute[]): Record<string, string> {
  const types = attributes.filter(({ type }) => type === AttributeType.type);
  return Object.fromEntries(types.map(({ name, value }) => [name, dataTypeName(Number(value))]));
}
