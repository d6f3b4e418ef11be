import { annotate } from '../nn/annotation.ts';
import type { TensorSpec } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';
import type { ParameterRule, Step, StepGradients } from '../recipe/method.ts';
import { hasSlot, type Optimizer } from '../recipe/optimizer.ts';
import { DataType } from '../runtime/types.ts';
import { optimizerAndMethods, type StepPlan } from './plan.ts';

interface Update {
  readonly step: Step;
  readonly optimizer: Optimizer;
  readonly rules: readonly ParameterRule[];
  /** Scalar. */
  readonly learningRate: Tensor;
  /** The optimizer's feeds, and the tensors that it computes once per step. */
  readonly feeds: Readonly<Record<string, Tensor>>;
  readonly updates: Map<string, Tensor>;
}

/** The layer of a parameter: its name without the last part. */
const toLayer = ({ name }: TensorSpec): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

/** Computes the new value of one parameter and of its optimizer slots. */
function updateParameter(update: Update, spec: TensorSpec, rawGradient: Tensor): void {
  const { step, optimizer, rules, feeds, updates } = update;
  const { name } = spec;
  const weight = step.variables.get(name)!;
  const learningRate = rules.reduce((rate, rule) => rule.rate?.(rate, spec) ?? rate, update.learningRate);
  const parameter = { spec, weight, learningRate };
  const gradient = rules.reduce((g, rule) => rule.gradient?.(g, parameter) ?? g, rawGradient);
  const slots = Object.fromEntries(
    optimizer.slots
      .filter((slot) => hasSlot(slot, spec))
      .map((slot) => [slot.name, step.inputs.variable(`${slot.name}/${name}`, weight.shape, DataType.float)]),
  );
  const decayed = (direction: Tensor): Tensor =>
    rules.reduce((d, rule) => rule.direction?.(d, parameter) ?? d, direction);
  const result = optimizer.update({ ...parameter, gradient, slots, feeds, decayed });
  const weightRules = rules.filter((rule) => !(optimizer.decaysDirection === true && rule.direction));
  updates.set(
    name,
    weightRules.reduce((w, rule) => rule.weight?.(w, parameter) ?? w, result.weight),
  );
  for (const [slot, tensor] of Object.entries(result.slots)) updates.set(`${slot}/${name}`, tensor);
}

/** The new values, by name, of all variables that a step changes: weights, optimizer slots, statistics, methods' variables. */
export function applyUpdates(
  plan: StepPlan,
  step: Step,
  { gradients: rawGradients, statistics }: StepGradients,
): Map<string, Tensor> {
  const { optimizer, methods, specs } = plan;
  const updates = new Map(statistics);
  const gradients = methods.reduce(
    (before, method) => method.gradients?.(before, step, updates) ?? before,
    rawGradients,
  );
  const rules = methods.flatMap((method) => method.parameters?.(gradients, step) ?? []);
  const learningRate = step.inputs.feed('learningRate', [], DataType.float);
  const feeds = {
    ...Object.fromEntries(Object.keys(optimizer.feeds ?? {}).map((name) => [name, step.feed(name)])),
    ...optimizer.prepare?.(step, learningRate, updates),
  };
  const update = { step, optimizer, rules, learningRate, feeds, updates };
  for (const spec of specs) {
    const gradient = gradients.get(spec.name);
    if (!gradient) continue;
    annotate({ layer: toLayer(spec), direction: 'update' }, () => {
      updateParameter(update, spec, gradient);
    });
  }
  for (const part of optimizerAndMethods(plan)) part.finish?.(step, updates);
  return updates;
}
