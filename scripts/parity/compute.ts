import { recipeSchema } from '../../src/config/recipe.ts';
import { toTensorflow } from '../../src/nn/layout.ts';
import { type Forward, Scope, type TensorSpec } from '../../src/nn/scope.ts';
import type { NativeValues } from '../../src/runtime/binding.ts';
import { DataType } from '../../src/runtime/types.ts';
import { shapeInTensorflow } from '../../src/trace/network.ts';
import type { Inputs, Results } from '../../src/nn/inputs.ts';
import { record } from '../../src/trace/record.ts';
import { EagerRuntime, type Functions, GraphRuntime, type Runtime } from '../../src/engine/runtimes.ts';
import { planStep } from '../../src/engine/plan.ts';
import { computeGradients, openStep } from '../../src/engine/step.ts';
import { inDouble, REST } from './double.ts';
import { splitFloat64 } from './formula.ts';
import type { Tensor } from '../../src/nn/tensor.ts';

/** The values of one computation that are compared. */
export interface Computed {
  /** [n, classes] */
  readonly logits: Float32Array;
  readonly loss: number;
  /** The L2 norm of the loss's gradient with respect to each parameter, by its name. */
  readonly gradientNorms: ReadonlyMap<string, number>;
}

/** A network with values for all its tensors, and a batch. */
export interface Problem {
  readonly forward: Forward;
  readonly specs: readonly TensorSpec[];
  /** The tensors' values by name, in PyTorch's layout. */
  readonly values: ReadonlyMap<string, Float64Array>;
  readonly batch: number;
  /** Height and width of the images. */
  readonly size: number;
  /** [batch, size, size, 3] */
  readonly images: Float64Array;
  readonly labels: Int32Array;
}

/**
 * `graph` has TensorFlow's kernels, and `own` doubletime's kernels that train on a CPU. `double` runs the graph in float64, so that
 * rounding errors can be told from errors of the network.
 */
export type Mode = 'eager' | 'graph' | 'own' | 'double';

/** The plan of a training step. As in the reference, the loss is that of the main head alone. */
const mainHeadPlan = ({ forward, batch, size }: Problem) =>
  planStep({
    forward,
    recipe: recipeSchema.parse({ batch, epochs: 1, learningRate: 0.1, auxiliaryWeight: 0 }),
    input: size,
    side: size,
    padding: 0,
  });

const declareVariables = ({ specs }: Problem, inputs: Inputs): Map<string, Tensor> =>
  new Map(specs.map((spec) => [spec.name, inputs.variable(spec.name, shapeInTensorflow(spec), DataType.float)]));

const declareImages = ({ batch, size }: Problem, inputs: Inputs): Tensor =>
  inputs.feed('images', [batch, size, size, 3], DataType.float);

/** The function that computes the logits of the network in evaluation mode. */
function evaluate(problem: Problem, inputs: Inputs): Results {
  const variables = declareVariables(problem, inputs);
  const logits = problem.forward(
    new Scope('', {
      training: false,
      parameter: ({ name }) => variables.get(name)!,
      update: () => undefined,
      seed: () => {
        throw new TypeError('a comparison must not use random numbers');
      },
    }),
    declareImages(problem, inputs),
  );
  if ('logits' in logits) throw new TypeError('an evaluation has no auxiliary heads');
  return { outputs: new Map([['logits', logits]]), updates: new Map() };
}

/** The function that computes the loss and all gradients, with the forward and backward pass of a training step. */
function train(problem: Problem, inputs: Inputs): Results {
  const plan = mainHeadPlan(problem);
  const images = declareImages(problem, inputs);
  const step = openStep(plan, inputs);
  const { loss, gradients, statistics } = computeGradients(plan, step, images);
  return { outputs: new Map([['loss', loss], ...gradients]), updates: statistics };
}

/** Runs `open` so that graphs use TensorFlow's kernels only. */
function withTensorFlowKernels<T>(open: () => T): T {
  const before = process.env['DOUBLETIME_KERNELS'];
  process.env['DOUBLETIME_KERNELS'] = 'tensorflow';
  try {
    return open();
  } finally {
    if (before === undefined) delete process.env['DOUBLETIME_KERNELS'];
    else process.env['DOUBLETIME_KERNELS'] = before;
  }
}

function openRuntime(problem: Problem, mode: Mode): Runtime {
  const functions: Functions = new Map([
    ['evaluate', (inputs: Inputs) => evaluate(problem, inputs)],
    ['train', (inputs: Inputs) => train(problem, inputs)],
  ]);
  const recordings = new Map([...functions].map(([name, step]) => [name, record(step)]));
  if (mode === 'eager') return new EagerRuntime(functions, recordings);
  if (mode === 'own') return new GraphRuntime(recordings);
  if (mode === 'graph') return withTensorFlowKernels(() => new GraphRuntime(recordings));
  return new GraphRuntime(new Map([...recordings].map(([name, r]) => [name, inDouble(r)])));
}

/** The L2 norm, computed in float64 so that it adds no rounding error. */
function norm(values: NativeValues): number {
  let sum = 0;
  for (const value of values) sum += Number(value) ** 2;
  return Math.sqrt(sum);
}

/** Computes the logits in evaluation mode, and the loss and gradients in training mode. */
export function compute(problem: Problem, mode: Mode): Computed {
  const { specs, values, images, labels } = problem;
  const runtime = openRuntime(problem, mode);
  try {
    runtime.assign(
      new Map(
        specs.flatMap(({ name, shape, layout }) => {
          const { near, rest } = splitFloat64(values.get(name)!);
          const both = [
            [name, near],
            [name + REST, rest],
          ] as const;
          return (mode === 'double' ? both : both.slice(0, 1)).map(([key, half]): [string, Float32Array] => [
            key,
            toTensorflow(half, shape, layout),
          ]);
        }),
      ),
    );
    const { near, rest } = splitFloat64(images);
    const feeds = { images: near, [`images${REST}`]: rest };
    const logits = runtime.call('evaluate', feeds).get('logits') as Float32Array;
    const outputs = runtime.call('train', { ...feeds, labels });
    const loss = Number(outputs.get('loss')?.[0]);
    outputs.delete('loss');
    const gradientNorms = new Map([...outputs].map(([name, values]) => [name, norm(values)]));
    return { logits, loss, gradientNorms };
  } finally {
    runtime.close();
  }
}
