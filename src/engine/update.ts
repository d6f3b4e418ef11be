import type { RecipeConfig } from '../config/recipe.ts';
import { annotate } from '../nn/annotation.ts';
import { add, int, multiply, op, scalar, subtract, T } from '../nn/raw.ts';
import type { TensorSpec } from '../nn/scope.ts';
import { DataType } from '../runtime/types.ts';
import type { Inputs } from '../trace/record.ts';
import type { Optimizer } from './optimizer.ts';
import type { Tensor } from '../nn/tensor.ts';

/** Prefixes of the state that training adds to the network's own. */
export const ACCUMULATED = 'accumulated/';
export const AVERAGED = 'average/';

interface UpdatePlan {
  readonly specs: readonly TensorSpec[];
  readonly recipe: RecipeConfig;
}

interface Update {
  readonly plan: UpdatePlan;
  readonly inputs: Inputs;
  readonly variables: ReadonlyMap<string, Tensor>;
  readonly gradients: ReadonlyMap<string, Tensor>;
  readonly statistics: ReadonlyMap<string, Tensor>;
  readonly optimizer: Optimizer;
}

/** Whether weight decay acts on a tensor. */
const decays = ({ role }: TensorSpec, { biases, norms }: RecipeConfig['weightDecay']): boolean =>
  role === 'weight' || (role === 'bias' && biases) || (role.startsWith('norm') && norms);

/** min(1, limit / |g|) with |g| the L2 norm over all gradients (Pascanu et al. 2013, algorithm 1). */
function clipFactor(gradients: readonly Tensor[], limit: number): Tensor {
  const halves = gradients.map((gradient) => op('L2Loss', [T], [gradient]));
  const squares = multiply(op('AddN', [T, int('N', halves.length)], halves), scalar(2));
  const inverse = op('Rsqrt', [T], [op('Maximum', [T], [squares, scalar(1e-24)])]);
  return op('Minimum', [T], [scalar(1), multiply(inverse, scalar(limit))]);
}

/** Adds the gradients of the parts before to this one's; their sum over the parts is averaged. */
function withAccumulated({ plan, inputs, gradients }: Update, updates: Map<string, Tensor>) {
  const parts = plan.recipe.gradientAccumulation;
  if (parts === 1) return gradients;
  return new Map(
    [...gradients].map(([name, gradient]) => {
      const before = inputs.variable(ACCUMULATED + name, gradient.shape, DataType.float);
      updates.set(ACCUMULATED + name, multiply(before, scalar(0)));
      return [name, multiply(add(before, gradient), scalar(1 / parts))];
    }),
  );
}

/** average + (1 - decay) (value - average), for weights and statistics alike. */
function moveAverage({ plan, inputs, variables }: Update, updates: Map<string, Tensor>): void {
  const decay = plan.recipe.movingAverage?.decay;
  if (decay === undefined) return;
  for (const { name } of plan.specs) {
    const value = updates.get(name) ?? variables.get(name)!;
    const average = inputs.variable(AVERAGED + name, value.shape, DataType.float);
    const change = multiply(subtract(value, average), scalar(1 - decay));
    updates.set(AVERAGED + name, add(average, change));
  }
}

/** New values of everything a step changes: weights, optimizer state, statistics and moving averages, by name. */
export function applyUpdates(update: Update): Map<string, Tensor> {
  const { plan, inputs, optimizer, statistics } = update;
  const updates = new Map(statistics);
  return annotate({ layer: '', direction: 'update' }, () => {
    const gradients = withAccumulated(update, updates);
    const limit = plan.recipe.clipGradientNorm;
    const factor = limit === undefined ? undefined : clipFactor([...gradients.values()], limit);
    const learningRate = inputs.feed('learningRate', [], DataType.float);
    const feeds = Object.fromEntries(
      Object.keys(optimizer.feeds).map((name) => [name, inputs.feed(name, [], DataType.float)]),
    );
    for (const spec of plan.specs) {
      const gradient = gradients.get(spec.name);
      if (!gradient) continue;
      annotate({ layer: layerOf(spec), direction: 'update' }, () => {
        const clipped = factor ? multiply(gradient, factor) : gradient;
        updateOne(update, spec, { gradient: clipped, learningRate, feeds }, updates);
      });
    }
    moveAverage(update, updates);
    return updates;
  });
}

const layerOf = ({ name }: TensorSpec): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

interface Scalars {
  readonly gradient: Tensor;
  readonly learningRate: Tensor;
  readonly feeds: Readonly<Record<string, Tensor>>;
}

function updateOne(
  { plan, inputs, variables, optimizer }: Update,
  spec: TensorSpec,
  { gradient, learningRate, feeds }: Scalars,
  updates: Map<string, Tensor>,
): void {
  const { name } = spec;
  const { value, kind } = plan.recipe.weightDecay;
  const decay = decays(spec, plan.recipe.weightDecay) ? value : 0;
  const weight = variables.get(name)!;
  const coupled = decay > 0 && kind === 'coupled';
  const total = coupled ? add(gradient, multiply(weight, scalar(decay))) : gradient;
  const slots = Object.fromEntries(
    optimizer.slots.map((slot) => [
      slot.name,
      inputs.variable(`${slot.name}/${name}`, weight.shape, DataType.float),
    ]),
  );
  const result = optimizer.update({ weight, gradient: total, learningRate, slots, feeds });
  // As torch.optim.AdamW, where the weights shrink by lr * decay; after the step, which may change the variable in place.
  const shrunk =
    decay > 0 && kind === 'decoupled'
      ? subtract(result.weight, multiply(weight, multiply(learningRate, scalar(decay))))
      : result.weight;
  updates.set(name, shrunk);
  for (const [slot, tensor] of Object.entries(result.slots)) updates.set(`${slot}/${name}`, tensor);
}
