import { configError } from '../base/errors.ts';
import { checkingGradients, markParameter } from '../nn/gradient-check.ts';
import type { Inputs } from '../nn/inputs.ts';
import { tensorflowShape } from '../nn/layout.ts';
import { type Forward, type Pass, Scope, type TensorSpec, toHeads } from '../nn/scope.ts';
import { DataType } from '../runtime/types.ts';
import { record } from './record.ts';
import type { Recording } from './recording.ts';
import type { Tensor } from '../nn/tensor.ts';

/** The shape of a network's tensor in TensorFlow's layout. */
export const shapeInTensorflow = ({ shape, layout, channels }: TensorSpec): number[] =>
  tensorflowShape(shape, layout, channels);

/**
 * A pass that declares every tensor as a variable, and adds it to `specs`.
 * @throws UserError exit code 78 from `parameter` for the second tensor of a name, because two layers would share their weights,
 * and from `seed` for the second layer of a name, because both would drop the same values.
 */
function declaringPass(inputs: Inputs, training: boolean, specs: TensorSpec[], updates: Map<string, Tensor>): Pass {
  const declared = new Set<string>();
  const drawing = new Set<string>();
  let seed: Tensor | undefined;
  return {
    training,
    parameter: (spec) => {
      if (declared.has(spec.name))
        throw configError(
          `the parameter ${spec.name} is declared twice, expected once: give each layer its own name with net.at(...)`,
        );
      if (spec.name.includes('/'))
        throw configError(
          `the parameter ${spec.name} has "/" in its name, which checkpoints use for the state of optimizers: rename its layer in net.at(...)`,
        );
      declared.add(spec.name);
      specs.push(spec);
      const tensor = inputs.variable(spec.name, shapeInTensorflow(spec), DataType.float);
      markParameter(tensor);
      return tensor;
    },
    update: (name, value) => updates.set(name, value),
    seed: (layer) => {
      if (drawing.has(layer))
        throw configError(
          `layer ${layer} draws random numbers twice, expected once: give each dropout and stochastic depth its own name with net.at(...), or they drop the same values`,
        );
      drawing.add(layer);
      return (seed ??= inputs.feed('seed', [2], DataType.int32));
    },
  };
}

/** A forward pass of a network, and the network's tensors. */
export interface NetworkRecording {
  readonly recording: Recording;
  /** All tensors of the network, in the order of the state dict. */
  readonly specs: readonly TensorSpec[];
}

/**
 * Records one forward pass for images [batch, input, input, 3] (float32). The outputs are `logits` and, for auxiliary heads in
 * training, `auxiliary0`, `auxiliary1`, ...
 * @throws UserError exit code 78 if the network does not fit images of `input` pixels, uses a name twice, or has an op without a
 * gradient.
 */
export function recordForward(
  forward: Forward,
  { input, batch, training }: { input: number; batch: number; training: boolean },
): NetworkRecording {
  const specs: TensorSpec[] = [];
  const recording = record((inputs) => {
    const updates = new Map<string, Tensor>();
    const pass = declaringPass(inputs, training, specs, updates);
    const images = inputs.feed('images', [batch, input, input, 3], DataType.float);
    const result = checkingGradients(() => forward(new Scope('', pass), images));
    const { logits, auxiliary } = toHeads(result);
    const outputs = new Map<string, Tensor>([['logits', logits]]);
    auxiliary.forEach((head, i) => outputs.set(`auxiliary${i}`, head));
    return { outputs, updates };
  });
  return { recording, specs };
}
