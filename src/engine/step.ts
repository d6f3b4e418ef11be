import type { RecipeConfig } from '../config/recipe.ts';
import { annotate } from '../nn/annotation.ts';
import { prepareImages, type Window } from '../nn/layers/input.ts';
import { add } from '../nn/raw.ts';
import { crossEntropy, score, withAuxiliary } from '../nn/layers/loss.ts';
import { type Forward, type Heads, type Pass, Scope, type TensorSpec } from '../nn/scope.ts';
import { loadTensorFlow } from '../runtime/tensorflow.ts';
import { DataType } from '../runtime/types.ts';
import { shapeInTensorflow } from '../trace/network.ts';
import { type Inputs, type Results } from '../trace/record.ts';
import { createOptimizer } from './optimizer.ts';
import { ACCUMULATED, applyUpdates } from './update.ts';
import type { Tensor } from '../nn/tensor.ts';

/** What a step is built from. */
export interface StepPlan {
  readonly forward: Forward;
  /** All tensors of the network, in the state dict's order. */
  readonly specs: readonly TensorSpec[];
  readonly recipe: RecipeConfig;
  /** Examples that one call of the step sees. */
  readonly batch: number;
  /** Height and width of what the network sees. */
  readonly input: number;
  /** Height and width of the pictures as they are fed. */
  readonly side: number;
  readonly padding: number;
  /** 0: the auxiliary heads are computed, but only the main one is trained. */
  readonly auxiliaryWeight: number;
}

/** Whether pictures are cropped or mirrored in the graph, and so rows and columns are fed. */
export const windowNeeds = ({ side, padding, input, recipe }: StepPlan) => ({
  rows: side + 2 * padding !== input,
  columns: side + 2 * padding !== input || recipe.augmentation.flip,
});

const isTrained = ({ role }: TensorSpec): boolean => role !== 'statistic';

/** The network's tensors as variables, each declared once. */
function variablesOf(plan: StepPlan, inputs: Inputs, prefix = ''): Map<string, Tensor> {
  return new Map(
    plan.specs.map((spec) => [
      spec.name,
      inputs.variable(prefix + spec.name, shapeInTensorflow(spec), DataType.float),
    ]),
  );
}

function trainingImages(plan: StepPlan, inputs: Inputs): Tensor {
  const { batch, side, input, padding } = plan;
  const images = inputs.feed('images', [batch, side, side, 3], DataType.uint8);
  const needs = windowNeeds(plan);
  const indices = (name: string) => inputs.feed(name, [batch, input], DataType.int32);
  const window: Window = {
    padding,
    ...(needs.rows ? { rows: indices('rows') } : {}),
    ...(needs.columns ? { columns: indices('columns') } : {}),
  };
  return prepareImages(images, window, plan.recipe.augmentation);
}

const headsOf = (result: Tensor | Heads): Heads =>
  'logits' in result ? result : { logits: result, auxiliary: [] };

function lossOf(plan: StepPlan, heads: Heads, labels: Tensor): Tensor {
  const smoothing = plan.recipe.labelSmoothing;
  const main = crossEntropy(heads.logits, labels, smoothing);
  if (plan.auxiliaryWeight === 0) return main;
  const others = heads.auxiliary.map((logits) => crossEntropy(logits, labels, smoothing));
  return withAuxiliary(main, others, plan.auxiliaryWeight);
}

export interface StepGradients {
  readonly loss: Tensor;
  /** By parameter; those without a path to the loss are absent. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** New values of moving statistics. */
  readonly statistics: ReadonlyMap<string, Tensor>;
  readonly auxiliary: readonly Tensor[];
}

/** Forward and backward pass of one batch of prepared images [n, input, input, 3]. */
export function gradientsOf(
  plan: StepPlan,
  inputs: Inputs,
  variables: ReadonlyMap<string, Tensor>,
  images: Tensor,
): StepGradients {
  const tf = loadTensorFlow();
  const labels = inputs.feed('labels', [plan.batch], DataType.int32);
  const statistics = new Map<string, Tensor>();
  const auxiliary: Tensor[] = [];
  let seed: Tensor | undefined;
  const pass: Pass = {
    training: true,
    parameter: ({ name }) => variables.get(name)!,
    update: (name, value) => statistics.set(name, tf.keep(value)),
    seed: () => (seed ??= inputs.feed('seed', [2], DataType.int32)),
  };
  const trained = plan.specs.filter(isTrained);
  const { value, grads } = annotate({ layer: '', direction: 'inputGradient' }, () =>
    tf.engine().gradients(
      () => {
        const heads = headsOf(plan.forward(new Scope('', pass), images));
        auxiliary.push(...heads.auxiliary.map((logits) => tf.keep(logits)));
        return lossOf(plan, heads, labels);
      },
      trained.map(({ name }) => variables.get(name)!),
      undefined,
      true,
    ),
  ) as { value: Tensor; grads: (Tensor | null)[] };
  const found = trained.flatMap(({ name }, i): [string, Tensor][] =>
    grads[i] ? [[name, grads[i]]] : [],
  );
  return { loss: value, gradients: new Map(found), statistics, auxiliary };
}

/** The loss, and the logits of auxiliary heads that are computed without being trained. */
const outputsOf = (plan: StepPlan, { loss, auxiliary }: StepGradients): Map<string, Tensor> =>
  new Map([
    ['loss', loss],
    ...(plan.auxiliaryWeight === 0
      ? auxiliary.map((logits, i): [string, Tensor] => [`auxiliary${i}`, logits])
      : []),
  ]);

/** One whole training step: input, forward, backward, update. Fetches `loss`. */
export function trainingStep(plan: StepPlan): (inputs: Inputs) => Results {
  return (inputs) => {
    const variables = variablesOf(plan, inputs);
    const images = trainingImages(plan, inputs);
    const results = gradientsOf(plan, inputs, variables, images);
    const optimizer = createOptimizer(plan.recipe.optimizer);
    const updates = applyUpdates({ ...results, plan, inputs, variables, optimizer });
    return { outputs: outputsOf(plan, results), updates };
  };
}

/** The part of a step that only adds its gradients to those of the step's other parts. Fetches `loss`. */
export function accumulatingStep(plan: StepPlan): (inputs: Inputs) => Results {
  return (inputs) => {
    const variables = variablesOf(plan, inputs);
    const images = trainingImages(plan, inputs);
    const results = gradientsOf(plan, inputs, variables, images);
    const updates = new Map(results.statistics);
    annotate({ layer: '', direction: 'update' }, () => {
      for (const [name, gradient] of results.gradients) {
        const sum = inputs.variable(ACCUMULATED + name, gradient.shape, DataType.float);
        updates.set(ACCUMULATED + name, add(sum, gradient));
      }
    });
    return { outputs: outputsOf(plan, results), updates };
  };
}

/** Evaluation of one batch with the weights under `prefix`. Fetches `lossSum`, `top1` and `top5`. */
export function evaluationStep(plan: StepPlan, prefix = ''): (inputs: Inputs) => Results {
  return (inputs) => {
    const variables = variablesOf(plan, inputs, prefix);
    const { batch, input } = plan;
    const images = inputs.feed('images', [batch, input, input, 3], DataType.uint8);
    const labels = inputs.feed('labels', [batch], DataType.int32);
    const mask = inputs.feed('mask', [batch], DataType.float);
    const pass: Pass = {
      training: false,
      parameter: ({ name }) => variables.get(name)!,
      update: () => undefined,
      seed: () => {
        throw new TypeError('evaluation draws no random numbers');
      },
    };
    const prepared = prepareImages(images, { padding: 0 }, plan.recipe.augmentation);
    const { logits } = headsOf(plan.forward(new Scope('', pass), prepared));
    return { outputs: new Map(Object.entries(score(logits, labels, mask))), updates: new Map() };
  };
}
