import type { RecipeConfig } from '../config/recipe.ts';
import { add, bool, multiply, op, ops, scalar, subtract, T } from '../nn/raw.ts';
import { MOMENTUM_OP } from '../trace/resources.ts';
import type { Tensor } from '../nn/tensor.ts';

/** State that an optimizer keeps for each parameter: its name and first value. */
export interface Slot {
  readonly name: string;
  readonly initial: number;
}

/** What an update may read; all of the parameter's shape but the scalars. */
export interface UpdateInputs {
  readonly weight: Tensor;
  /** Gradient with coupled weight decay already in it. */
  readonly gradient: Tensor;
  readonly learningRate: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
  /** Scalars that are fed each step; see `Optimizer.feeds`. */
  readonly feeds: Readonly<Record<string, Tensor>>;
}

export interface UpdateResult {
  readonly weight: Tensor;
  readonly slots: Readonly<Record<string, Tensor>>;
}

export interface Optimizer {
  readonly slots: readonly Slot[];
  /** Scalars to feed in step `step` (from 0). */
  readonly feeds: Readonly<Record<string, (step: number) => number>>;
  update(inputs: UpdateInputs): UpdateResult;
}

const scaled = (x: Tensor, factor: number): Tensor => multiply(x, scalar(factor));

/** torch.optim.SGD: m = mu m + g; w = w - lr m, or with Nesterov w = w - lr (g + mu m). */
function sgd({ momentum, nesterov }: { momentum: number; nesterov: boolean }): Optimizer {
  if (momentum === 0)
    return {
      slots: [],
      feeds: {},
      update: ({ weight, gradient, learningRate }) => ({
        weight: subtract(weight, multiply(gradient, learningRate)),
        slots: {},
      }),
    };
  return {
    slots: [{ name: 'momentum', initial: 0 }],
    feeds: {},
    update: ({ weight, gradient, learningRate, slots }) => {
      const inputs = [weight, slots['momentum']!, learningRate, gradient, scalar(momentum)];
      const attributes = [T, bool('use_locking', false), bool('use_nesterov', nesterov)];
      const [moved, velocity] = ops(MOMENTUM_OP, attributes, inputs, 2);
      return { weight: moved, slots: { momentum: velocity } };
    },
  };
}

/**
 * TensorFlow's RMSProp, as EfficientNet and MobileNet use it (epsilon inside the root, averages from 1, the learning rate
 * inside the momentum): s = d s + (1 - d) g^2; m = mu m + lr g / sqrt(s + eps); w = w - m.
 */
function rmsprop({
  decay,
  momentum,
  epsilon,
}: {
  decay: number;
  momentum: number;
  epsilon: number;
}): Optimizer {
  return {
    slots: [
      { name: 'squareAverage', initial: 1 },
      { name: 'momentum', initial: 0 },
    ],
    feeds: {},
    update: ({ weight, gradient, learningRate, slots }) => {
      const squares = op('Square', [T], [gradient]);
      const average = add(scaled(slots['squareAverage']!, decay), scaled(squares, 1 - decay));
      const root = op('Rsqrt', [T], [add(average, scalar(epsilon))]);
      const step = multiply(multiply(gradient, root), learningRate);
      const moved = add(scaled(slots['momentum']!, momentum), step);
      return {
        weight: subtract(weight, moved),
        slots: { squareAverage: average, momentum: moved },
      };
    },
  };
}

/** Adam (Kingma & Ba 2015, algorithm 1) as torch.optim.Adam computes it; decoupled decay makes it AdamW. */
function adam({
  beta1,
  beta2,
  epsilon,
}: {
  beta1: number;
  beta2: number;
  epsilon: number;
}): Optimizer {
  return {
    slots: [
      { name: 'gradientAverage', initial: 0 },
      { name: 'squareAverage', initial: 0 },
    ],
    feeds: {
      gradientCorrection: (step) => 1 / (1 - beta1 ** (step + 1)),
      squareCorrection: (step) => 1 / Math.sqrt(1 - beta2 ** (step + 1)),
    },
    update: ({ weight, gradient, learningRate, slots, feeds }) => {
      const first = add(scaled(slots['gradientAverage']!, beta1), scaled(gradient, 1 - beta1));
      const squares = op('Square', [T], [gradient]);
      const second = add(scaled(slots['squareAverage']!, beta2), scaled(squares, 1 - beta2));
      const root = multiply(op('Sqrt', [T], [second]), feeds['squareCorrection']!);
      const numerator = multiply(first, multiply(learningRate, feeds['gradientCorrection']!));
      const change = op('RealDiv', [T], [numerator, add(root, scalar(epsilon))]);
      return {
        weight: subtract(weight, change),
        slots: { gradientAverage: first, squareAverage: second },
      };
    },
  };
}

/** The recipe's optimizer. */
export function createOptimizer(config: RecipeConfig['optimizer']): Optimizer {
  switch (config.name) {
    case 'sgd':
      return sgd(config);
    case 'rmsprop':
      return rmsprop(config);
    case 'adam':
      return adam(config);
  }
}
