import type { z } from 'zod';
import type { Inputs } from '../nn/inputs.ts';
import type { Forward, Heads, TensorSpec } from '../nn/scope.ts';
import type { Tensor } from '../nn/tensor.ts';

/** The prefix of the names of averaged weights in the state. They are evaluated besides the trained weights. */
export const AVERAGED = 'average/';

/** A tensor of the state, which checkpoints contain: a tensor of the network, of the optimizer or of a method. */
export interface StateSpec extends TensorSpec {
  /** The name of a tensor of the network whose initial values it gets; default: the spec's own initializer gives them. */
  readonly copyOf?: string;
}

/** One call of a recorded function. A step makes one call; with accumulated gradients it makes several. */
export interface Call {
  /** The run's seed. */
  readonly seed: number;
  /** Number of the step in the run, from 0. */
  readonly step: number;
  /** Number of the call in the step, from 0. */
  readonly part: number;
  /** Input size: height and width in pixels. */
  readonly input: number;
  /** Epochs before the step, after the step, and of the whole run; not rounded. */
  readonly epochs: { readonly before: number; readonly after: number; readonly total: number };
}

/** A float32 input of a recorded function. Its value is computed for every call, and must depend only on the call. */
export interface Feed {
  /** Default: a scalar, []. */
  readonly shape?: readonly number[];
  readonly value: (call: Call) => number | readonly number[];
}
export type Feeds = Readonly<Record<string, Feed>>;

/** A step while it is recorded. */
export interface Step {
  readonly inputs: Inputs;
  /** The specs of all tensors of the network, in the order of the state dict. */
  readonly specs: readonly TensorSpec[];
  /** Their values before the step, by name. */
  readonly variables: ReadonlyMap<string, Tensor>;
  /** The names of the parameters that `freeze` has stopped: no part of the step may change them. */
  readonly frozen: ReadonlySet<string>;
  /** Examples in one call. */
  readonly batch: number;
  /** The feed with this name, which a method or the optimizer has declared. */
  feed(name: string): Tensor;
}

/** A batch of images with their labels and targets. */
export interface Batch {
  /** Normalized images, float32 [n, h, w, 3]. */
  readonly images: Tensor;
  /** Class indices, int32 [n]. */
  readonly labels: Tensor;
  /** Returns the targets for a number of classes: a probability per class, float32 [n, classes]. */
  readonly targets: (classes: number) => Tensor;
}

/** Computes the loss of a network's heads on a batch; a scalar. */
export type Loss = (heads: Heads, batch: Batch) => Tensor;

/** The results of a forward and a backward pass. */
export interface StepGradients {
  readonly loss: Tensor;
  /** By parameter name. Parameters on which the loss does not depend are missing. */
  readonly gradients: ReadonlyMap<string, Tensor>;
  /** New values of the moving statistics, by name. */
  readonly statistics: ReadonlyMap<string, Tensor>;
  /** Further outputs that methods need, by name. */
  readonly outputs: ReadonlyMap<string, Tensor>;
}

/** Runs a forward and a backward pass with these values of the network's tensors, by name. */
export type Differentiate = (variables: ReadonlyMap<string, Tensor>) => StepGradients;

/** A parameter while it is updated. */
export interface Parameter {
  readonly spec: TensorSpec;
  /** Its value before the step. */
  readonly weight: Tensor;
  /** A scalar. */
  readonly learningRate: Tensor;
}

/** Changes to the update of each parameter. All tensors except the learning rate have the parameter's shape. */
export interface ParameterRule {
  /** Changes the learning rate (a scalar) of a parameter. */
  rate?(learningRate: Tensor, spec: TensorSpec): Tensor;
  /** Changes the gradient before the optimizer. */
  gradient?(gradient: Tensor, parameter: Parameter): Tensor;
  /** Changes the direction of the update. Called instead of `weight` if the optimizer has `decaysDirection`. */
  direction?(direction: Tensor, parameter: Parameter): Tensor;
  /** Changes the new value of the parameter after the optimizer. */
  weight?(moved: Tensor, parameter: Parameter): Tensor;
}

/** A part of a run with its own training step. */
export interface Stage {
  /** Its start: an epoch, or a fraction of the whole run. */
  readonly from: { readonly epoch: number } | { readonly part: number };
  /** Height and width of the training images in pixels; default: `data.input`. */
  readonly input?: number;
  /** Names of parameters and layers that are not trained. */
  readonly frozen?: readonly string[];
  /** The values of the recipe that it changes (src/config/stages.ts). */
  readonly changes: {
    readonly dropout?: number | undefined;
    readonly stochasticDepth?: number | undefined;
    /** Alpha of mixup; 0 switches it off. */
    readonly mixup?: number | undefined;
    /** Alpha of CutMix; 0 switches it off. */
    readonly cutmix?: number | undefined;
    /** Magnitude of RandAugment. */
    readonly magnitude?: number | undefined;
    /** Options of the recipe's crop: `scale`, `shorterSide` and `padding`. */
    readonly scale?: [number, number] | undefined;
    readonly shorterSide?: number | undefined;
    readonly padding?: number | undefined;
  };
}

/** The length of a run on its dataset. */
export interface RunLength {
  readonly steps: number;
  readonly epochsPerStep: number;
  /** Classes of the dataset. */
  readonly classes: number;
}

/** One view of the images in an evaluation. */
export interface View {
  /** [n, input, input, 3]. */
  readonly images: Tensor;
  /** The weight of its logits in the mean of all views, relative to the weights of the other views. */
  readonly weight: number;
}

/**
 * A training method that a recipe has switched on. Every part is optional. Methods are applied in the order of their numbers
 * (`MethodDefinition.order`). Their ops are counted like all other ops.
 */
export interface Method {
  /** Options of the network. A run config whose `network` sets one of them to another value is refused. */
  readonly networkOptions?: Readonly<Record<string, unknown>>;
  /** Replaces the network in training and evaluation. */
  readonly network?: (forward: Forward) => Forward;
  /** The views of the images in an evaluation. The weighted mean of their logits is evaluated. */
  readonly views?: (views: readonly View[], input: number) => readonly View[];
  /** Variables besides the network's own tensors. Checkpoints contain them. */
  readonly state?: (specs: readonly TensorSpec[]) => readonly StateSpec[];
  /** Inputs that are computed for each call. */
  readonly feeds?: Feeds;
  /** Changes the images or targets of a training batch. */
  readonly batch?: (batch: Batch, step: Step) => Batch;
  /** Wraps or replaces the loss. */
  readonly loss?: (next: Loss) => Loss;
  /** Logits that are computed although the loss does not use them, by the name of the output. */
  readonly outputs?: (heads: Heads) => ReadonlyMap<string, Tensor>;
  /** Wraps the forward and backward pass, for example to run several passes or to use other values of the weights. */
  readonly differentiate?: (next: Differentiate, step: Step) => Differentiate;
  /** Changes all gradients together. May add new values of the method's own variables to `updates`. */
  readonly gradients?: (
    gradients: ReadonlyMap<string, Tensor>,
    step: Step,
    updates: Map<string, Tensor>,
  ) => ReadonlyMap<string, Tensor>;
  /** Creates the rule for each parameter; called once per step with all gradients. */
  readonly parameters?: (gradients: ReadonlyMap<string, Tensor>, step: Step) => ParameterRule;
  /** Adds or replaces new values. Called at the end, when `updates` contains the new value of every tensor. */
  readonly finish?: (step: Step, updates: Map<string, Tensor>) => void;
  /** Further functions besides `train`, by name. Each returns new values of variables after a forward and backward pass. */
  readonly functions?: Readonly<Record<string, (results: StepGradients, step: Step) => ReadonlyMap<string, Tensor>>>;
  /** The functions that a step calls, in order; default: `['train']`. Each call gets an equal part of the batch. */
  readonly calls?: readonly string[];
  /** The stages of the run in order, if the training step changes during the run. The first stage starts with the run. */
  readonly stages?: readonly Stage[];
  /** Whether the state contains an average `AVERAGED + NAME` of each tensor of the network, which is evaluated too. */
  readonly keepsAverage?: boolean;
  /** The epoch at which it starts, if it is fixed: a run must be longer. */
  readonly startsAtEpoch?: number | undefined;
  /** Describes why it does not fit a network with these tensors, in words that begin with its key; undefined if it fits. */
  readonly findProblem?: (specs: readonly TensorSpec[]) => string | undefined;
  /** Describes why it has no effect in a run of this length, in words that follow its key; undefined if it has one. */
  readonly findRunProblem?: (run: RunLength) => string | undefined;
  /** Whether its effect depends on the number of epochs. Then a finished run with it cannot be extended to more epochs. */
  readonly dependsOnLength?: boolean;
}

/** The recipe as the checks of methods read it, to find combinations that are not possible. */
export interface RecipeView {
  readonly batch: number;
  readonly schedule: { readonly name: string };
  readonly optimizer: { readonly name: string };
  readonly gradientAccumulation: number;
  /** The values of the methods by their keys; undefined if a method is switched off. */
  readonly [method: string]: unknown;
}

/** The definition of a method, which a file of methods/ exports. */
export interface MethodDefinition<Schema extends z.ZodType> {
  /**
   * When the method acts: smaller numbers act first, and no two methods share one. 100s: the network; 200s: images and targets;
   * 300s: the loss; 400s: the passes; 500s: gradients and parameters; 600s: after the update; 700s: evaluation; 800s: stages.
   */
  readonly order: number;
  /** The schema of its value in a recipe. */
  readonly schema: Schema;
  /** Describes what is wrong with its value in this recipe; undefined if nothing is. */
  readonly check?: (value: z.output<Schema>, recipe: RecipeView) => string | undefined;
  /** Creates the method for a value; undefined if the value switches it off. */
  readonly create: (value: z.output<Schema>, recipe: Partial<RecipeView>) => Method | undefined;
}

export const defineMethod = <Schema extends z.ZodType>(
  definition: MethodDefinition<Schema>,
): MethodDefinition<Schema> => definition;

/** Whether a tensor is trained. Moving statistics and constants are not. */
export const isTrained = ({ role }: TensorSpec): boolean => role !== 'statistic' && role !== 'constant';

/** The specs of a variable `prefix + NAME` for each trained tensor, of the same shape; all of its initial values are `initial`. */
export const specsLikeTrained = (specs: readonly TensorSpec[], prefix: string, initial: number): StateSpec[] =>
  specs.filter(isTrained).map((spec) => ({ ...spec, name: prefix + spec.name, initializer: { constant: initial } }));
