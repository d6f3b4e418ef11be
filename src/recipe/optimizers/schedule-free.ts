import { z } from 'zod';
import { add, divide, isLess, multiply, op, scalar, squareRoot, subtract, T } from '../../nn/raw.ts';
import type { Tensor } from '../../nn/tensor.ts';
import { DataType } from '../../runtime/types.ts';
import { AVERAGED, isTrained, type RecipeView, type StateSpec, type Step } from '../method.ts';
import { ADAM_SLOTS, adamFeeds, defineOptimizer, mixed, type Optimizer, type UpdateInputs } from '../optimizer.ts';

/*
 * Schedule-free learning (Defazio et al. 2024, arXiv 2405.15682). There are three sets of weights: the steps move z; x is the average
 * of all z and is evaluated; the gradients are computed at y = (1 - b) z + b x. The trained weights of the run are y.
 */

const AVERAGE = 'average';
const MAX_RATE = 'scheduleFree/maxRate';
const TOTAL = 'scheduleFree/total';

const scalarState = (name: string): StateSpec => ({
  name,
  shape: [],
  layout: 'same',
  initializer: { constant: 0 },
  role: 'statistic',
});

/**
 * The weight of the current z in the average: r^2 / (sum of all r^2), where r is the highest learning rate so far; 0 while the
 * learning rate is 0. A scalar. The sum is kept in units of the current r^2, so it is exact in float32 if the rate is constant.
 */
function averageWeight({ inputs }: Step, learningRate: Tensor, updates: Map<string, Tensor>): Tensor {
  const before = inputs.variable(MAX_RATE, [], DataType.float);
  const highest = op('Maximum', [T], [before, learningRate]);
  const isMoving = isLess(scalar(0), highest);
  const ratio = divide(before, add(highest, subtract(scalar(1), isMoving)));
  const total = add(multiply(inputs.variable(TOTAL, [], DataType.float), op('Square', [T], [ratio])), isMoving);
  updates.set(MAX_RATE, highest);
  updates.set(TOTAL, total);
  return divide(isMoving, op('Maximum', [T], [total, scalar(1)]));
}

/** Uses the moving statistics of y for x. The authors compute those of x again before an evaluation. */
function copyStatistics({ specs, variables }: Step, updates: Map<string, Tensor>): void {
  for (const spec of specs) {
    if (isTrained(spec)) continue;
    const value = updates.get(spec.name) ?? variables.get(spec.name)!;
    updates.set(AVERAGED + spec.name, value.clone());
  }
}

type Direction = (inputs: UpdateInputs) => { direction: Tensor; slots: Readonly<Record<string, Tensor>> };

/** Moves z along a direction, and updates x and y. @param fraction b, the fraction of x in y. */
const scheduleFree = (fraction: number, computeDirection: Direction): Omit<Optimizer, 'slots' | 'feeds'> => ({
  keepsAverage: true,
  decaysDirection: true,
  state: (specs) => [
    ...specs
      .filter((spec) => !isTrained(spec))
      .map((spec) => ({ ...spec, name: AVERAGED + spec.name, copyOf: spec.name })),
    scalarState(MAX_RATE),
    scalarState(TOTAL),
  ],
  prepare: (step, learningRate, updates) => {
    const weightOfStep = averageWeight(step, learningRate, updates);
    return { averageWeight: weightOfStep, averageRest: subtract(scalar(1), weightOfStep) };
  },
  update: (inputs) => {
    const { learningRate, slots, feeds, decayed } = inputs;
    const { direction, slots: own } = computeDirection(inputs);
    const moved = subtract(slots['moved']!, multiply(decayed(direction), learningRate));
    const average = add(multiply(slots[AVERAGE]!, feeds['averageRest']!), multiply(moved, feeds['averageWeight']!));
    return { weight: mixed(average, moved, fraction), slots: { ...own, moved, [AVERAGE]: average } };
  },
  finish: copyStatistics,
});

const SLOTS = [
  { name: 'moved', initial: 'parameter' },
  { name: AVERAGE, initial: 'parameter' },
] as const;

const check = ({ name }: { readonly name: string }, { schedule }: RecipeView): string | undefined =>
  schedule.name === 'constant'
    ? undefined
    : `${name} replaces a schedule, but recipe.schedule is ${schedule.name}: remove recipe.schedule (a warm-up is allowed)`;

/** Schedule-free SGD: the direction is the gradient. */
export const scheduleFreeSgd = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('scheduleFreeSgd'),
    /** The fraction of the average in the weights at which the gradients are computed. */
    momentum: z.number().min(0).lt(1).default(0.9),
  }),
  check,
  create: ({ momentum }) => ({
    slots: SLOTS,
    ...scheduleFree(momentum, ({ gradient }) => ({ direction: gradient, slots: {} })),
  }),
});

/** Schedule-free AdamW: the direction is g / (sqrt(v^) + epsilon), which is Adam's without momentum. */
export const scheduleFreeAdamw = defineOptimizer({
  schema: z.strictObject({
    name: z.literal('scheduleFreeAdamw'),
    /** The fraction of the average in the weights at which the gradients are computed. */
    beta1: z.number().min(0).lt(1).default(0.9),
    /** The fraction of the average of the squared gradients that stays at each step. */
    beta2: z.number().gt(0).lt(1).default(0.999),
    /** Added to the denominator to avoid division by almost 0. */
    epsilon: z.number().positive().default(1e-8),
  }),
  check,
  create: ({ beta1, beta2, epsilon }) => ({
    slots: [...SLOTS, ADAM_SLOTS[1]!],
    feeds: { squareCorrection: adamFeeds({ beta1, beta2 })['squareCorrection']! },
    ...scheduleFree(beta1, ({ gradient, slots, feeds }) => {
      const second = mixed(slots['squareAverage']!, op('Square', [T], [gradient]), beta2);
      const root = multiply(squareRoot(second), feeds['squareCorrection']!);
      return { direction: divide(gradient, add(root, scalar(epsilon))), slots: { squareAverage: second } };
    }),
  }),
});
