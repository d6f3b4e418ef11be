import type { z } from 'zod';
import type { Inputs } from '../nn/inputs.ts';
import type { Forward, Heads, TensorSpec } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';

/** Prefix of the averaged weights in the state: the second set that is evaluated beside the trained one. */
export const AVERAGED = 'average/';

/** A tensor of the run's whole state, which checkpoints keep: like a network's tensor, under its own name. */
export interface StateSpec extends TensorSpec {
  /** The network's tensor whose initial values this one copies; otherwise its own initializer counts. */
  readonly copyOf?: string;
}

/** One call of a recorded function: a step makes one or, with accumulated gradients, several. */
export interface Call {
  /** The run's seed. */
  readonly seed: number;
  /** Number of the step in the run, from 0. */
  readonly step: number;
  /** Number of the call in the step, from 0. */
  readonly part: number;
  /** Height and width of what the network sees, in pixels. */
  readonly input: number;
  /** Epochs seen before and after the step, not rounded, and of the whole run. */
  readonly epochs: { readonly before: number; readonly after: number; readonly total: number };
}

/** A float32 input that is computed on the host for every call, from the run's seed and the step alone. */
export interface Feed {
  /** A scalar where it is left out. */
  readonly shape?: readonly number[];
  readonly value: (call: Call) => number | readonly number[];
}
export type Feeds = Readonly<Record<string, Feed>>;

/** A step while it is being recorded. */
export interface Step {
  readonly inputs: Inputs;
  /** All tensors of the network, in the state dict's order. */
  readonly specs: readonly TensorSpec[];
  /** Their values before the step, by name. */
  readonly variables: ReadonlyMap<string, Tensor>;
  /** Examples in one call. */
  readonly batch: number;
  /** A feed that the method has declared, by its name. */
  feed(name: string): Tensor;
}

/** A batch as the network is given it. */
export interface Batch {
  /** Normalized images, float32 [n, h, w, 3]. */
  readonly images: Tensor;
  /** Class numbers, int32 [n]. */
  readonly labels: Tensor;
  /** What the logits [n, classes] are compared with: a probability for each class, float32 [n, classes]. */
  readonly targets: (classes: number) => Tensor;
}

/** The loss of a network's heads on a batch: a scalar. */
export type Loss = (heads: Heads, batch: Batch) => Tensor;

export interface StepGradients {
  readonly loss: Tensor;
  /** By parameter; those without a path to the loss are absent. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** New values of moving statistics. */
  readonly statistics: ReadonlyMap<string, Tensor>;
  /** What the methods fetch beside the loss. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** The forward and backward pass at some values of the network's tensors. */
export type Differentiate = (variables: ReadonlyMap<string, Tensor>) => StepGradients;

/** A parameter while it is being updated. */
export interface Parameter {
  readonly spec: TensorSpec;
  /** Its value before the step. */
  readonly weight: Tensor;
  /** Scalar. */
  readonly learningRate: Tensor;
}

/** What a method does to each parameter: to its gradient before the optimizer, to its new value after it. */
export interface ParameterRule {
  gradient?(gradient: Tensor, parameter: Parameter): Tensor;
  /** To the direction of the update, instead of `weight`, where the optimizer scales the direction as a whole. */
  direction?(direction: Tensor, parameter: Parameter): Tensor;
  weight?(moved: Tensor, parameter: Parameter): Tensor;
}

/**
 * A training method that a recipe has switched on: what it adds to a run. Every part is optional. Methods act in the order
 * of the registry (methods/registry.ts); ops that they record are counted like all others.
 */
export interface Method {
  /** Options that the network is built with unless the run gives its own. */
  readonly networkOptions?: Readonly<Record<string, unknown>>;
  /** Takes the network's place, in training and evaluation: layers in another form. */
  readonly network?: (forward: Forward) => Forward;
  /** Shows an evaluation other images [n, input, input, 3] in the place of these; the logits' mean counts. */
  readonly views?: (images: readonly Tensor[], input: number) => readonly Tensor[];
  /** Variables beside the network's own tensors, kept in checkpoints. */
  readonly state?: (specs: readonly TensorSpec[]) => readonly StateSpec[];
  /** Inputs that are computed anew for each call. */
  readonly feeds?: Feeds;
  /** Changes images or targets of a training batch. */
  readonly batch?: (batch: Batch, step: Step) => Batch;
  /** Wraps or replaces the loss. */
  readonly loss?: (next: Loss) => Loss;
  /** Logits that must be computed although the loss does not read them, by the name they are fetched by. */
  readonly outputs?: (heads: Heads) => ReadonlyMap<string, Tensor>;
  /** Wraps the forward and backward pass: several passes, or a pass at other weights. */
  readonly differentiate?: (next: Differentiate, step: Step) => Differentiate;
  /** Changes the gradients as a whole; new values of the method's own variables go into `updates`. */
  readonly gradients?: (
    gradients: ReadonlyMap<string, Tensor>,
    step: Step,
    updates: Map<string, Tensor>,
  ) => ReadonlyMap<string, Tensor>;
  /** Rules for the single parameters; called once a step, with all gradients. */
  readonly parameters?: (gradients: ReadonlyMap<string, Tensor>, step: Step) => ParameterRule;
  /** Called once every tensor has its new value in `updates`: adds to them or replaces them. */
  readonly finish?: (step: Step, updates: Map<string, Tensor>) => void;
  /** Functions beside `train`: what they update after a forward and backward pass, instead of training. */
  readonly functions?: Readonly<Record<string, (results: StepGradients, step: Step) => ReadonlyMap<string, Tensor>>>;
  /** The functions that make up a step, in order, `['train']` by default; each is given an equal part of the batch. */
  readonly calls?: readonly string[];
  /** Whether the state holds, for each of the network's tensors, an averaged one under `AVERAGED` to evaluate as well. */
  readonly keepsAverage?: boolean;
  /** Whether what it does depends on the number of epochs, so that a run with it cannot be made longer. */
  readonly dependsOnLength?: boolean;
}

/** The rest of a recipe, as checks of combinations read it. */
export interface RecipeView {
  readonly batch: number;
  readonly schedule: { readonly name: string };
  readonly optimizer: { readonly name: string };
  readonly gradientAccumulation: number;
  /** The methods by their keys; undefined where one is switched off. */
  readonly [method: string]: unknown;
}

/** A method as a file of methods/ defines it. */
export interface MethodDefinition<Schema extends z.ZodType> {
  /** Of its value in a recipe. */
  readonly schema: Schema;
  /** What is wrong with its value in this recipe, in words. */
  readonly check?: (value: z.output<Schema>, recipe: RecipeView) => string | undefined;
  /** The method with this value; undefined where the value switches it off. */
  readonly create: (value: z.output<Schema>, recipe: Partial<RecipeView>) => Method | undefined;
}

export const defineMethod = <Schema extends z.ZodType>(
  definition: MethodDefinition<Schema>,
): MethodDefinition<Schema> => definition;

/** Whether a tensor is trained, rather than a norm's moving statistic. */
export const isTrained = ({ role }: TensorSpec): boolean => role !== 'statistic';

/** The variables `prefix + NAME` of the trained tensors, each constant at first. */
export const besideTrained = (specs: readonly TensorSpec[], prefix: string, initial: number): StateSpec[] =>
  specs.filter(isTrained).map((spec) => ({ ...spec, name: prefix + spec.name, initializer: { constant: initial } }));
