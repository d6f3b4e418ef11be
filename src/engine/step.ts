import { configError } from '../base/errors.ts';
import { formatCount } from '../base/text/format.ts';
import { annotate } from '../nn/annotation.ts';
import type { Inputs, Results } from '../nn/inputs.ts';
import { prepareImages, type Window } from '../nn/layers/input.ts';
import { crossEntropy, oneHot, score } from '../nn/layers/loss.ts';
import { add, multiply, scalar } from '../nn/raw.ts';
import { type Heads, type Pass, Scope, toHeads } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';
import {
  type Batch,
  type Differentiate,
  type Loss,
  type Method,
  type Step,
  type StepGradients,
  type View,
} from '../recipe/method.ts';
import { loadTensorFlow } from '../runtime/tensorflow.ts';
import { DataType } from '../runtime/types.ts';
import { shapeInTensorflow } from '../trace/network.ts';
import { withExplainedGradients } from './gradient-errors.ts';
import { frozenParameters, optimizerAndMethods, type StepPlan, trains } from './plan.ts';
import { applyUpdates } from './update.ts';

/** Whether row and column indices are fed: they are if the graph crops or mirrors the images. */
export const windowNeeds = ({ side, padding, input, recipe }: StepPlan) => ({
  rows: side + 2 * padding !== input,
  columns: side + 2 * padding !== input || recipe.augmentation.flip !== false,
});

/** Whether images are padded by their reflection. The window's indices then name the pixels that are repeated. */
export const reflectsBorder = ({ recipe: { augmentation } }: Pick<StepPlan, 'recipe'>): boolean =>
  augmentation.crop.name === 'paddedCrop' && augmentation.crop.border === 'reflected';

/** Inputs that return the same tensor every time a name is requested. */
function memoized(inputs: Inputs): Inputs {
  const cache = new Map<string, Tensor>();
  const once = (key: string, create: () => Tensor): Tensor => {
    const tensor = cache.get(key) ?? create();
    cache.set(key, tensor);
    return tensor;
  };
  return {
    feed: (name, ...type) => once(`feed ${name}`, () => inputs.feed(name, ...type)),
    variable: (name, ...type) => once(`variable ${name}`, () => inputs.variable(name, ...type)),
  };
}

/** Declares the network's tensors as variables, and returns them by the tensor's name. The variable is `prefix` + name. */
const declareVariables = ({ specs }: StepPlan, inputs: Inputs, prefix = ''): Map<string, Tensor> =>
  new Map(
    specs.map((spec) => [spec.name, inputs.variable(prefix + spec.name, shapeInTensorflow(spec), DataType.float)]),
  );

/** Starts the recording of a training function. */
export function openStep(plan: StepPlan, declared: Inputs): Step {
  const inputs = memoized(declared);
  const feeds = Object.assign({}, ...optimizerAndMethods(plan).map((part) => part.feeds ?? {})) as NonNullable<
    Method['feeds']
  >;
  return {
    inputs,
    specs: plan.specs,
    variables: declareVariables(plan, inputs),
    frozen: frozenParameters(plan),
    batch: plan.batch,
    feed: (name) => {
      const feed = feeds[name];
      if (!feed) throw new TypeError(`no optimizer or method declares the feed ${name}`);
      return inputs.feed(name, feed.shape ?? [], DataType.float);
    },
  };
}

function trainingImages(plan: StepPlan, inputs: Inputs): Tensor {
  const { batch, side, input, padding } = plan;
  const images = inputs.feed('images', [batch, side, side, 3], DataType.uint8);
  const needs = windowNeeds(plan);
  const indices = (name: string) => inputs.feed(name, [batch, input], DataType.int32);
  const window: Window = {
    padding: reflectsBorder(plan) ? 0 : padding,
    ...(needs.rows ? { rows: indices('rows') } : {}),
    ...(needs.columns ? { columns: indices('columns') } : {}),
  };
  return prepareImages(images, window, plan.recipe.augmentation);
}

/** The cross-entropy of the main head, which methods replace or extend. */
const mainLoss: Loss = ({ logits }, { targets }) => crossEntropy(logits, targets);

/** The outputs that the methods fetch. They are kept after the backward pass. */
function keepOutputs({ methods }: StepPlan, heads: Heads): Map<string, Tensor> {
  const outputs = methods.flatMap((method) => [...(method.outputs?.(heads) ?? [])]);
  return new Map(outputs.map(([name, tensor]) => [name, loadTensorFlow().keep(tensor)]));
}

/** The forward and backward pass of one batch at given weights, before the methods change it. */
const differentiateOn =
  (plan: StepPlan, step: Step, batch: Batch): Differentiate =>
  (variables) => {
    const tf = loadTensorFlow();
    const statistics = new Map<string, Tensor>();
    let outputs = new Map<string, Tensor>();
    const pass: Pass = {
      training: true,
      parameter: ({ name }) => variables.get(name)!,
      update: (name, value) => statistics.set(name, tf.keep(value)),
      seed: () => step.inputs.feed('seed', [2], DataType.int32),
    };
    const loss = plan.methods.reduce((next, method) => method.loss?.(next) ?? next, mainLoss);
    const trained = plan.specs.filter((spec) => trains(plan, spec));
    const { value, grads } = annotate({ layer: '', direction: 'inputGradient' }, () =>
      withExplainedGradients(() =>
        tf.engine().gradients(
          () => {
            const heads = toHeads(plan.forward(new Scope('', pass), batch.images));
            outputs = keepOutputs(plan, heads);
            return loss(heads, batch);
          },
          trained.map(({ name }) => variables.get(name)!),
          undefined,
          true,
        ),
      ),
    ) as { value: Tensor; grads: (Tensor | null)[] };
    const gradients = trained.flatMap(({ name }, i): [string, Tensor][] => (grads[i] ? [[name, grads[i]]] : []));
    if (gradients.length === 0)
      throw configError(
        `the loss depends on none of the ${formatCount(trained.length, 'trained parameter')} (${trained[0]!.name}), expected at least one: compute the logits with its layer`,
      );
    return { loss: value, gradients: new Map(gradients), statistics, outputs };
  };

/** The forward and backward pass of one batch of normalized images [n, input, input, 3], with the methods' changes. */
export function computeGradients(plan: StepPlan, step: Step, images: Tensor): StepGradients {
  const labels = step.inputs.feed('labels', [plan.batch], DataType.int32);
  const unchanged: Batch = { images, labels, targets: (classes) => oneHot(labels, classes) };
  const batch = annotate({ layer: 'input', direction: 'input' }, () =>
    plan.methods.reduce((before, method) => method.batch?.(before, step) ?? before, unchanged),
  );
  const differentiate = plan.methods.reduce(
    (next, method) => method.differentiate?.(next, step) ?? next,
    differentiateOn(plan, step, batch),
  );
  return differentiate(step.variables);
}

type Updates = (results: StepGradients, step: Step) => ReadonlyMap<string, Tensor>;

/** A step of input preparation, forward and backward pass, and `update`. Its output is `loss`, and those of the methods. */
const stepWith =
  (plan: StepPlan, update: Updates) =>
  (inputs: Inputs): Results => {
    const step = openStep(plan, inputs);
    const results = computeGradients(plan, step, trainingImages(plan, step.inputs));
    const updates = annotate({ layer: '', direction: 'update' }, () => update(results, step));
    return { outputs: new Map([['loss', results.loss], ...results.outputs]), updates };
  };

/** One complete training step: input, forward, backward, update. Its output is `loss`, and those of the methods. */
export const trainingStep = (plan: StepPlan): ((inputs: Inputs) => Results) =>
  stepWith(plan, (results, step) => applyUpdates(plan, step, results));

/** The methods' other functions, by name. */
export const methodSteps = (plan: StepPlan): [string, (inputs: Inputs) => Results][] =>
  plan.methods.flatMap(({ functions = {} }) =>
    Object.entries(functions).map(([name, update]): [string, (inputs: Inputs) => Results] => [
      name,
      stepWith(plan, update),
    ]),
  );

/**
 * The views of the images [n, h, w, 3] that an evaluation feeds to the network, each [n, input, input, 3] with its weight in the mean of
 * the logits.
 */
const createViews = ({ methods, input }: StepPlan, images: Tensor): readonly View[] =>
  annotate({ layer: 'input', direction: 'input' }, () =>
    methods.reduce<readonly View[]>((views, method) => method.views?.(views, input) ?? views, [{ images, weight: 1 }]),
  );

/** The sum of tensors of the same shape. */
function sumTensors([first, ...others]: readonly Tensor[]): Tensor {
  if (!first) throw new RangeError('an evaluation needs at least one view of its images');
  return others.reduce(add, first);
}

/** The weighted mean of the views' logits [n, classes]; those of a single view are unchanged. */
function meanLogits(views: readonly View[], computeLogits: (images: Tensor) => Tensor): Tensor {
  const total = views.reduce((sum, { weight }) => sum + weight, 0);
  // Views of the same weight are added first, so that there is one product per weight.
  const sums = [...new Set(views.map(({ weight }) => weight))].map((weight) => {
    const sameWeight = views.filter((view) => view.weight === weight);
    const sum = sumTensors(sameWeight.map(({ images }) => computeLogits(images)));
    return weight === total ? sum : multiply(sum, scalar(weight / total));
  });
  return sumTensors(sums);
}

/** The evaluation of one batch with the weights under `prefix`. Its outputs are `lossSum`, `top1` and `top5`, as in `score`. */
export function evaluationStep(plan: StepPlan, prefix = ''): (inputs: Inputs) => Results {
  return (inputs) => {
    const variables = declareVariables(plan, inputs, prefix);
    const { batch, evaluationInput: side } = plan;
    const images = inputs.feed('images', [batch, side, side, 3], DataType.uint8);
    const labels = inputs.feed('labels', [batch], DataType.int32);
    const mask = inputs.feed('mask', [batch], DataType.float);
    const pass: Pass = {
      training: false,
      parameter: ({ name }) => variables.get(name)!,
      update: () => undefined,
      seed: () => {
        throw new TypeError('an evaluation must not use random numbers');
      },
    };
    const prepared = prepareImages(images, { padding: 0 }, plan.recipe.augmentation);
    const logits = meanLogits(
      createViews(plan, prepared),
      (view) => toHeads(plan.forward(new Scope('', pass), view)).logits,
    );
    return { outputs: new Map(Object.entries(score(logits, labels, mask))), updates: new Map() };
  };
}
