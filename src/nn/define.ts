import type { GradConfig, NamedAttrMap, Tensor } from '@tensorflow/tfjs-node-gpu';
import { loadTensorFlow } from '../runtime/tensorflow.ts';
import { annotate, type Direction } from './annotation.ts';

type Inputs = Readonly<Record<string, Tensor>>;
type Gradients = Readonly<Record<string, () => Tensor>>;

/** What a layer is made of: a kernel over raw ops and the gradients of its inputs, each computed only where it is needed. */
export interface LayerOp<Options> {
  readonly name: string;
  readonly forward: (inputs: Inputs, options: Options) => Tensor | Tensor[];
  /** Names of inputs kept for the gradient. */
  readonly saveInputs?: readonly string[];
  /** Which outputs are kept for the gradient; they follow the inputs in `saved`. */
  readonly saveOutputs?: readonly boolean[];
  /** `dy` is one gradient an output, in their order. */
  readonly gradient?: (
    dy: readonly Tensor[],
    saved: readonly Tensor[],
    options: Options,
  ) => Gradients;
  /** Inputs that are parameters: their gradients are weight gradients. */
  readonly parameters?: readonly string[];
  readonly direction?: Direction;
  readonly mask?: boolean;
}

const layers = new WeakMap<Tensor, string>();

/** The layer that made a tensor; ops without a name of their own (relu, add) belong to the layer of their input. */
const layerOf = (tensors: readonly Tensor[]): string => {
  for (const tensor of tensors) {
    const layer = layers.get(tensor);
    if (layer !== undefined) return layer;
  }
  return '';
};

interface Call<Options> {
  readonly layer: string;
  readonly options: Options;
}

function gradientOf<Options>(definition: LayerOp<Options>, attributes: NamedAttrMap) {
  const { layer, options } = attributes['call'] as unknown as Call<Options>;
  const directionOf = (input: string): Direction =>
    definition.parameters?.includes(input) ? 'weightGradient' : 'inputGradient';
  return (dy: readonly Tensor[], saved: readonly Tensor[]): Gradients => {
    const mask = definition.mask ?? false;
    const gradients: Gradients = annotate({ layer, direction: 'inputGradient', mask }, () =>
      definition.gradient ? definition.gradient(dy, saved, options) : {},
    );
    return Object.fromEntries(
      Object.entries(gradients).map(([input, compute]) => [
        input,
        () => annotate({ layer, direction: directionOf(input), mask }, compute),
      ]),
    );
  };
}

function register<Options>(definition: LayerOp<Options>): void {
  const tf = loadTensorFlow();
  const kernelName = `doubletime/${definition.name}`;
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) => {
      const { options } = attrs?.['call'] as unknown as Call<Options>;
      return definition.forward(inputs as unknown as Inputs, options);
    },
  });
  const config: GradConfig = {
    kernelName,
    inputsToSave: [...(definition.saveInputs ?? [])],
    outputsToSave: [...(definition.saveOutputs ?? [])],
    gradFunc: (dy, saved, attributes) =>
      gradientOf(definition, attributes)(Array.isArray(dy) ? dy : [dy], saved),
  };
  tf.registerGradient(config);
}

export interface DefinedOp<Options> {
  (inputs: Inputs, options: Options, layer?: string): Tensor;
  all(inputs: Inputs, options: Options, layer?: string): Tensor[];
}

/** Registers a kernel and its gradient with tfjs at the first call and runs it on tfjs's tape. */
export function defineOp<Options = undefined>(definition: LayerOp<Options>): DefinedOp<Options> {
  let registered = false;
  const all = (
    inputs: Inputs,
    options: Options,
    layer = layerOf(Object.values(inputs)),
  ): Tensor[] => {
    if (!registered) register(definition);
    registered = true;
    const call: Call<Options> = { layer, options };
    const results = annotate(
      { layer, direction: definition.direction ?? 'forward', mask: definition.mask ?? false },
      () =>
        loadTensorFlow()
          .engine()
          .runKernel(
            `doubletime/${definition.name}`,
            { ...inputs },
            { call: call as unknown as number },
          ),
    );
    const outputs = Array.isArray(results) ? results : [results];
    for (const output of outputs) layers.set(output, layer);
    return outputs;
  };
  const first = (inputs: Inputs, options: Options, layer?: string): Tensor => {
    const [output] = all(inputs, options, layer);
    if (!output) throw new TypeError(`${definition.name} has no output`);
    return output;
  };
  return Object.assign(first, { all });
}
