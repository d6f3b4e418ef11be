import type { GradConfig, NamedAttrMap } from '@tensorflow/tfjs-node-gpu';
import { configError } from '../base/errors.ts';
import { loadTensorFlow } from '../runtime/tensorflow.ts';
import { annotate, type Direction } from './annotation.ts';
import { insideDefinedOp, markOutputs } from './gradient-check.ts';
import type { Tensor } from './tensor.ts';

type Named<Name extends string> = Readonly<Record<Name, Tensor>>;
type Gradients<Input extends string> = Readonly<Partial<Record<Input, () => Tensor>>>;

/** The inputs of a gradient function: the saved tensors by name, and the gradients of the outputs. */
type Saved<Name extends string> = Named<Name> & {
  /** Gradient of the first output. */
  readonly dy: Tensor;
  /** One gradient per output, in the order of the outputs. */
  readonly dys: readonly Tensor[];
};

/** The definition of a layer op: a forward function over raw ops, and the gradients of its inputs, computed on demand. */
export interface LayerOp<Input extends string, Output extends string, Kept extends Input | Output, Options> {
  readonly name: string;
  readonly inputs: readonly Input[];
  /** Names of the outputs; needed if the gradient or a caller uses them by name. */
  readonly outputs?: readonly Output[];
  /** Names of the inputs and outputs that are saved for the gradient. */
  readonly saves?: readonly Kept[];
  readonly forward: (inputs: Named<Input>, options: Options) => Tensor | Tensor[];
  readonly gradient?: (saved: Saved<Kept>, options: Options) => Gradients<Input>;
  /** Inputs that are parameters: their gradients are weight gradients. */
  readonly parameters?: readonly NoInfer<Input>[];
  readonly direction?: Direction;
  readonly mask?: boolean;
}

/** A definition without the types of its names and options. */
type AnyOp = LayerOp<string, string, string, unknown>;

const layers = new WeakMap<Tensor, string>();

/** The layer of the first tensor that has one. Ops without a name of their own (relu, add) belong to the layer of their input. */
const findLayer = (tensors: readonly Tensor[]): string => {
  for (const tensor of tensors) {
    const layer = layers.get(tensor);
    if (layer !== undefined) return layer;
  }
  return '';
};

interface Call {
  readonly layer: string;
  readonly options: unknown;
}

/** @throws UserError exit code 78 if an input is not a tensor: the types of a network file are removed, not checked. */
function checkInputs(name: string, inputs: Named<string>): void {
  for (const [input, value] of Object.entries<unknown>(inputs)) {
    if (value instanceof loadTensorFlow().Tensor) continue;
    throw configError(`${name}: the input ${input} is ${String(value)}, expected a tensor`);
  }
}

const readCall = (attributes: NamedAttrMap | undefined): Call => attributes?.['call'] as unknown as Call;

const savedInputs = ({ inputs, saves = [] }: AnyOp): string[] => saves.filter((name) => inputs.includes(name));
const savedOutputs = ({ outputs = [], saves = [] }: AnyOp): string[] => outputs.filter((name) => saves.includes(name));

/** Adds names to the saved tensors: tfjs passes the saved inputs first and then the saved outputs. */
function nameSaved(definition: AnyOp, dys: readonly Tensor[], saved: readonly Tensor[]) {
  const names = [...savedInputs(definition), ...savedOutputs(definition)];
  const entries = names.map((name, i) => [name, saved[i]]);
  return { ...Object.fromEntries(entries), dy: dys[0], dys } as Saved<string>;
}

/** tfjs's gradient function of one call: it returns a function for the gradient of each input. */
function createGradient(definition: AnyOp, attributes: NamedAttrMap) {
  const { layer, options } = readCall(attributes);
  const findDirection = (input: string): Direction =>
    definition.parameters?.includes(input) ? 'weightGradient' : 'inputGradient';
  return (dys: readonly Tensor[], saved: readonly Tensor[]): Record<string, () => Tensor> => {
    const mask = definition.mask ?? false;
    const gradients: Gradients<string> = annotate(
      { layer, direction: 'inputGradient', mask },
      () => definition.gradient?.(nameSaved(definition, dys, saved), options) ?? {},
    );
    return Object.fromEntries(
      Object.entries(gradients).flatMap(([input, compute]) =>
        compute ? [[input, () => annotate({ layer, direction: findDirection(input), mask }, compute)]] : [],
      ),
    );
  };
}

function register(definition: AnyOp): void {
  const tf = loadTensorFlow();
  const kernelName = `doubletime/${definition.name}`;
  tf.registerKernel({
    kernelName,
    backendName: 'tensorflow',
    kernelFunc: ({ inputs, attrs }) =>
      insideDefinedOp(() => definition.forward(inputs as unknown as Named<string>, readCall(attrs).options)),
  });
  const kept = new Set(savedOutputs(definition));
  const config: GradConfig = {
    kernelName,
    inputsToSave: savedInputs(definition),
    outputsToSave: (definition.outputs ?? []).map((name) => kept.has(name)),
    gradFunc: (dy, saved, attributes) => createGradient(definition, attributes)(Array.isArray(dy) ? dy : [dy], saved),
  };
  tf.registerGradient(config);
}

/**
 * A callable layer op. A call returns the first output, `all` returns every output in order, and `named` the outputs by name.
 * Without `layer`, the op belongs to the layer of its first input that has one.
 */
export interface DefinedOp<Input extends string, Output extends string, Options> {
  (inputs: Named<Input>, options: Options, layer?: string): Tensor;
  all(inputs: Named<Input>, options: Options, layer?: string): Tensor[];
  named(inputs: Named<Input>, options: Options, layer?: string): Named<Output>;
}

/** Defines a layer op. Its first call registers the kernel and its gradient with tfjs. tfjs records every call for autograd. */
export function defineOp<
  Options,
  const Input extends string,
  const Output extends string = never,
  const Kept extends Input | Output = never,
>(definition: LayerOp<Input, Output, Kept, Options>): DefinedOp<Input, Output, Options> {
  const untyped = definition as unknown as AnyOp;
  let registered = false;
  const all = (inputs: Named<Input>, options: Options, layer = findLayer(Object.values(inputs))): Tensor[] => {
    checkInputs(definition.name, inputs);
    if (!registered) register(untyped);
    registered = true;
    const call: Call = { layer, options };
    const results = annotate(
      { layer, direction: definition.direction ?? 'forward', mask: definition.mask ?? false },
      () =>
        loadTensorFlow()
          .engine()
          .runKernel(`doubletime/${definition.name}`, { ...inputs }, { call: call as unknown as number }),
    );
    const outputs = Array.isArray(results) ? results : [results];
    for (const output of outputs) layers.set(output, layer);
    markOutputs(Object.values(inputs), outputs);
    return outputs;
  };
  const first = (inputs: Named<Input>, options: Options, layer?: string): Tensor => {
    const [output] = all(inputs, options, layer);
    if (!output) throw new TypeError(`${definition.name} has no output`);
    return output;
  };
  const byName = (inputs: Named<Input>, options: Options, layer?: string): Named<Output> => {
    const results = all(inputs, options, layer);
    const entries = (definition.outputs ?? []).map((name, i) => [name, results[i]]);
    return Object.fromEntries(entries) as Named<Output>;
  };
  return Object.assign(first, { all, named: byName });
}
