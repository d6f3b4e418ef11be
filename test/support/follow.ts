import type { Engine, StateTensor } from '../../src/engine/engine.ts';
import { countRecording, type Counts } from '../../src/flops/count.ts';
import { planStep } from '../../src/engine/plan.ts';
import { trainingStep } from '../../src/engine/step.ts';
import { conv2d, flatten, linear, relu } from '../../src/nn/index.ts';
import type { Forward } from '../../src/nn/scope.ts';
import { record } from '../../src/trace/record.ts';
import { engineOf, feedsOf, recipeOf } from './engines.ts';

export const PIXELS = 3;

/** A filter [6, 3, 3, 3] without bias, then a matrix [4, 54] with one. */
export const smallNetwork: Forward = (net, x) => {
  const y = relu(conv2d(net.at('conv'), x, { filters: 6, kernel: 3, padding: 1, bias: false }));
  return linear(net.at('fc'), flatten(y), { units: 4 });
};

export type Values = ReadonlyMap<string, readonly number[]>;

export const valuesOf = (state: ReadonlyMap<string, StateTensor>): Map<string, number[]> =>
  new Map([...state].map(([name, { values }]) => [name, Array.from(values)]));

/** Every parameter's gradient at given weights: what the first step of SGD leaves as its momentum. */
export function gradientsAt(forward: Forward, state: ReadonlyMap<string, StateTensor>, step: number): Values {
  const plain = engineOf(forward, PIXELS, 'eager', recipeOf({}));
  const own = plain.readState();
  const network = (name: string): boolean => !name.includes('/');
  plain.writeState(new Map([...own].map(([name, initial]) => [name, network(name) ? state.get(name)! : initial])));
  plain.step(feedsOf(step, { side: PIXELS }));
  const after = valuesOf(plain.readState());
  plain.close();
  return new Map(
    [...after].flatMap(([name, values]) => (name.startsWith('momentum/') ? [[name.slice(9), values] as const] : [])),
  );
}

/** The update of one parameter in a step: the new values of the tensors that the rule defines, by name. */
export type Rule = (given: {
  readonly name: string;
  readonly gradient: readonly number[];
  /** All tensors before the step. */
  readonly before: Values;
  readonly step: number;
  readonly rate: number;
}) => Readonly<Record<string, readonly number[]>>;

interface RuleTest {
  readonly recipe: object;
  readonly rule: Rule;
  readonly forward?: Forward;
  readonly steps?: number;
  readonly rate?: (step: number) => number;
}

function differenceAt(engine: Engine, step: number, { rule, forward = smallNetwork, rate = () => 0.1 }: RuleTest) {
  const state = engine.readState();
  const before = valuesOf(state);
  const gradients = gradientsAt(forward, state, step);
  engine.step({ ...feedsOf(step, { side: PIXELS }), learningRate: rate(step) });
  const after = valuesOf(engine.readState());
  let worst = 0;
  for (const [name, gradient] of gradients)
    for (const [tensor, expected] of Object.entries(rule({ name, gradient, before, step, rate: rate(step) }))) {
      const actual = after.get(tensor) ?? [];
      if (actual.length !== expected.length) throw new RangeError(`${tensor}: ${actual.length} values`);
      expected.forEach((value, i) => {
        const difference = Math.abs(value - actual[i]!);
        worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
      });
    }
  return worst;
}

/** The largest difference of any tensor from the rule after some steps, each of which starts from the engine's own state. */
export function follow(test: RuleTest): number {
  const { forward = smallNetwork, recipe, steps = 4 } = test;
  const engine = engineOf(forward, PIXELS, 'graph', recipeOf(recipe));
  let worst = 0;
  for (let step = 0; step < steps; step++) worst = Math.max(worst, differenceAt(engine, step, test));
  engine.close();
  return worst;
}

/** The counts of one training step with a recipe. */
export const countsWith = (recipe: object, forward: Forward = smallNetwork): Counts =>
  countRecording(
    record(trainingStep(planStep({ forward, recipe: recipeOf(recipe), input: PIXELS, side: PIXELS, padding: 0 }))),
  );

/** The tolerance for float32 arithmetic on numbers around 1. A wrong rule differs by at least 1e-3. */
export const TOLERANCE = 2e-6;

export const norm = (values: readonly number[]): number => Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
