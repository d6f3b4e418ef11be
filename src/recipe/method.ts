import type { z } from 'zod';
import type { Inputs } from '../nn/inputs.ts';
import type { Forward, Heads, TensorSpec } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';

/** Name prefix of the averaged weights in the state, which are evaluated in addition to the trained ones. */
export const AVERAGED = 'average/';

/** A tensor of the state that checkpoints contain: a network's tensor, or a similar one under its own name. */
export interface StateSpec extends TensorSpec {
  /** Name of a network's tensor with the same initial values; by default, the spec's own initializer is used. */
  readonly copyOf?: string;
}

/** One call of a recorded function. A step makes one call, or several with accumulated gradients. */
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

/** A float32 input that is computed for every call. It may depend only on the run's seed, the step and the call. */
export interface Feed {
  /** Default: a scalar. */
  readonly shape?: readonly number[];
  readonly value: (call: Call) => number | readonly number[];
}
export type Feeds = Readonly<Record<string, Feed>>;

/** A step during its recording. */
export interface Step {
  readonly inputs: Inputs;
  /** All tensors of the network, in the state dict's order. */
  readonly specs: readonly TensorSpec[];
  /** Their values before the step, by name. */
  readonly variables: ReadonlyMap<string, Tensor>;
  /** Examples in one call. */
  readonly batch: number;
  /** A feed that a method has declared, by its name. */
  feed(name: string): Tensor;
}

/** A batch of inputs and targets of the network. */
export interface Batch {
  /** Normalized images, float32 [n, h, w, 3]. */
  readonly images: Tensor;
  /** Class indices, int32 [n]. */
  readonly labels: Tensor;
  /** The targets of the logits [n, classes]: a probability per class, float32 [n, classes]. */
  readonly targets: (classes: number) => Tensor;
}

/** Computes the loss of a network's heads on a batch: a scalar. */
export type Loss = (heads: Heads, batch: Batch) => Tensor;

export interface StepGradients {
  readonly loss: Tensor;
  /** By parameter name; parameters without a path to the loss are missing. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** New values of moving statistics. */
  readonly statistics: ReadonlyMap<string, Tensor>;
  /** Further outputs that the methods fetch. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Runs the forward and backward pass with these values of the network's tensors. */
export type Differentiate = (variables: ReadonlyMap<string, Tensor>) => StepGradients;

/** A parameter during its update. */
export interface Parameter {
  readonly spec: TensorSpec;
  /** Its value before the step. */
  readonly weight: Tensor;
  /** Scalar. */
  readonly learningRate: Tensor;
}

/** A change of each parameter's gradient before the optimizer, or of its new value after the optimizer. */
export interface ParameterRule {
  /** Another learning rate (a scalar) for this parameter. */
  rate?(learningRate: Tensor, spec: TensorSpec): Tensor;
  gradient?(gradient: Tensor, parameter: Parameter): Tensor;
  /** To the direction of the update, instead of `weight`, where the optimizer scales the direction as a whole. */
  direction?(direction: Tensor, parameter: Parameter): Tensor;
  weight?(moved: Tensor, parameter: Parameter): Tensor;
}

/** A part of a run with a training step of its own. */
export interface Stage {
  /** When it starts: at an epoch, or after a part of the whole run. */
  readonly from: { readonly epoch: number } | { readonly part: number };
  /** Height and width of the training images in pixels, if not those of the data. */
  readonly input?: number;
  /** Names of parameters and layers that are not trained. */
  readonly frozen?: readonly string[];
  /** What it changes in the recipe (src/config/stages.ts). */
  readonly changes: {
    readonly dropout?: number | undefined;
    readonly stochasticDepth?: number | undefined;
    /** Alphas; 0 switches the method off. */
    readonly mixup?: number | undefined;
    readonly cutmix?: number | undefined;
    /** Of RandAugment. */
    readonly magnitude?: number | undefined;
    /** Of the recipe's crop. */
    readonly scale?: [number, number] | undefined;
    readonly shorterSide?: number | undefined;
    readonly padding?: number | undefined;
  };
}

/** Images that an evaluation shows the network, each [n, input, input, 3]. */
export interface View {
  readonly images: Tensor;
  /** What its logits count for in the mean of all views, relative to the others'. */
  readonly weight: number;
}

/**
 * A training method that a recipe has switched on. Every part is optional. Methods act in the order of their numbers
 * (`MethodDefinition.order`). Their ops are counted like all others.
 */
export interface Method {
  /** Options of the network, unless the run config sets them. */
  readonly networkOptions?: Readonly<Record<string, unknown>>;
  /** Replaces the network in training and evaluation. */
  readonly network?: (forward: Forward) => Forward;
  /** Shows an evaluation other images in the place of these; the weighted mean of their logits counts. */
  readonly views?: (views: readonly View[], input: number) => readonly View[];
  /** Variables beside the network's own tensors, kept in checkpoints. */
  readonly state?: (specs: readonly TensorSpec[]) => readonly StateSpec[];
  /** Inputs that are computed for each call. */
  readonly feeds?: Feeds;
  /** Changes the images or targets of a training batch. */
  readonly batch?: (batch: Batch, step: Step) => Batch;
  /** Wraps or replaces the loss. */
  readonly loss?: (next: Loss) => Loss;
  /** Logits that must be computed although the loss does not use them, by the name of the output. */
  readonly outputs?: (heads: Heads) => ReadonlyMap<string, Tensor>;
  /** Wraps the forward and backward pass, for example to run several passes or to use other weights. */
  readonly differentiate?: (next: Differentiate, step: Step) => Differentiate;
  /** Changes all gradients together; new values of the method's own variables are added to `updates`. */
  readonly gradients?: (
    gradients: ReadonlyMap<string, Tensor>,
    step: Step,
    updates: Map<string, Tensor>,
  ) => ReadonlyMap<string, Tensor>;
  /** Creates the rule for each parameter; called once per step with all gradients. */
  readonly parameters?: (gradients: ReadonlyMap<string, Tensor>, step: Step) => ParameterRule;
  /** Adds or replaces new values; called when `updates` contains the new value of every tensor. */
  readonly finish?: (step: Step, updates: Map<string, Tensor>) => void;
  /** Further functions besides `train`: the values that they update after a forward and backward pass. */
  readonly functions?: Readonly<Record<string, (results: StepGradients, step: Step) => ReadonlyMap<string, Tensor>>>;
  /** The functions that a step calls, in order (default `['train']`); each receives an equal part of the batch. */
  readonly calls?: readonly string[];
  /** The stages of the run, in order, where the training step changes during it; the first starts with the run. */
  readonly stages?: readonly Stage[];
  /** Whether the state contains averaged weights `AVERAGED + NAME` for all tensors of the network, to be evaluated too. */
  readonly keepsAverage?: boolean;
  /** The epoch at which it starts, where that is fixed: a run must be longer. */
  readonly startsAtEpoch?: number | undefined;
  /** What is wrong with it for a network of these tensors, in words that begin with its key. */
  readonly findProblem?: (specs: readonly TensorSpec[]) => string | undefined;
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

/** The definition of a method in a file of methods/. */
export interface MethodDefinition<Schema extends z.ZodType> {
  /**
   * When the method acts: smaller numbers act first, and no two methods share one. 100s: the network; 200s: images and targets;
   * 300s: the loss; 400s: the passes; 500s: gradients and parameters; 600s: after the update; 700s: evaluation; 800s: stages.
   */
  readonly order: number;
  /** The schema of its value in a recipe. */
  readonly schema: Schema;
  /** What is wrong with its value in this recipe, in words. */
  readonly check?: (value: z.output<Schema>, recipe: RecipeView) => string | undefined;
  /** The method with this value; undefined where the value switches it off. */
  readonly create: (value: z.output<Schema>, recipe: Partial<RecipeView>) => Method | undefined;
}

export const defineMethod = <Schema extends z.ZodType>(
  definition: MethodDefinition<Schema>,
): MethodDefinition<Schema> => definition;

/** Whether a tensor is trained; moving statistics and constants are not. */
export const isTrained = ({ role }: TensorSpec): boolean => role !== 'statistic' && role !== 'constant';

/** A variable `prefix + NAME` for each trained tensor, with the initial value `initial` everywhere. */
export const besideTrained = (specs: readonly TensorSpec[], prefix: string, initial: number): StateSpec[] =>
  specs.filter(isTrained).map((spec) => ({ ...spec, name: prefix + spec.name, initializer: { constant: initial } }));
