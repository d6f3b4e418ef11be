import { currentAnnotation } from '../nn/annotation.ts';
import type { Inputs, Results } from '../nn/inputs.ts';
import type { NativeBinding, OpAttribute, TensorMetadata } from '../runtime/binding.ts';
import { loadTensorFlow, nativeBackend } from '../runtime/tensorflow.ts';
import {
  type Constant,
  type ConstantValues,
  FIRST_ID,
  type Placeholder,
  prune,
  type RecordedOp,
  type Recording,
  elementCount,
  type TensorType,
} from './recording.ts';
import { inferOutputs } from './ops/registry.ts';
import { withReplaced } from './stand-in.ts';
import type { Tensor } from '../nn/tensor.ts';
import { formatShape } from '../base/text/shape.ts';

/** Maximum number of elements of a constant. A larger constant is an image or a mask by mistake: those must be inputs. */
const MAX_CONSTANT_SIZE = 16_384;

/** Records ops and infers their shapes in place of the native binding. Computes and allocates nothing. */
class Recorder {
  readonly feeds: Placeholder[] = [];
  readonly variables: Placeholder[] = [];
  readonly constants = new Map<number, Constant>();
  readonly ops: RecordedOp[] = [];
  readonly #types = new Map<number, TensorType>();
  #next = FIRST_ID;

  placeholder(list: Placeholder[], name: string, shape: readonly number[], dtype: number): Tensor {
    const placeholder = { id: this.#next++, name, shape: [...shape], dtype };
    list.push(placeholder);
    this.#types.set(placeholder.id, placeholder);
    return nativeBackend().createOutputTensor(placeholder);
  }

  createTensor(shape: readonly number[], dtype: number, values: ConstantValues): number {
    if (elementCount(shape) > MAX_CONSTANT_SIZE)
      throw new RangeError(
        `layer ${currentAnnotation().layer}: a constant of shape ${formatShape(shape)} is too large to be part of the graph (at most ${MAX_CONSTANT_SIZE} elements): make it an input`,
      );
    const constant = { id: this.#next++, shape: [...shape], dtype, values };
    this.constants.set(constant.id, constant);
    this.#types.set(constant.id, constant);
    return constant.id;
  }

  executeOp(
    name: string,
    attributes: readonly OpAttribute[],
    inputIds: readonly number[],
    outputs: number,
  ): TensorMetadata[] {
    const inputs = inputIds.map((id) => this.requireType(id, name));
    const results = inferOutputs({ name, attributes, inputs, outputs }).map((inferred) => {
      const type = { id: this.#next++, shape: [...inferred.shape], dtype: inferred.dtype };
      this.#types.set(type.id, type);
      return type;
    });
    const { layer, direction, mask = false } = currentAnnotation();
    this.ops.push({ name, attributes, inputs, outputs: results, layer, direction, mask });
    return results;
  }

  requireType(id: number, user: string): TensorType {
    const type = this.#types.get(id);
    if (!type) throw new TypeError(`${user} reads a tensor that is not a feed, a variable or a result of this step`);
    return type;
  }

  /** A copy of the native binding with this recorder's functions. */
  standIn(native: NativeBinding): NativeBinding {
    return withReplaced(native, {
      createTensor: (shape, dtype, values) => {
        if (values instanceof BigInt64Array) throw new TypeError('int64 constants cannot be recorded');
        return this.createTensor(shape, dtype, values);
      },
      deleteTensor: () => undefined,
      tensorDataSync: (id) => {
        const constant = this.constants.get(id);
        if (constant) return constant.values;
        throw new TypeError('a step cannot read the values of tensors while it is recorded');
      },
      executeOp: (name, attributes, inputs, outputs) => this.executeOp(name, attributes, inputs, outputs),
    });
  }
}

/**
 * Records the ops that `step` executes, with the shapes of all tensors. tfjs runs the step and its gradients, while a stand-in for
 * the native binding infers the shapes. Nothing is computed or allocated. Ops that no output or update needs are left out.
 * @throws TypeError if an op has no shape rule, or the step reads a tensor's values; RangeError if a constant is too large.
 */
export function record(step: (inputs: Inputs) => Results): Recording {
  const tf = loadTensorFlow();
  const backend = nativeBackend();
  const native = backend.binding;
  const recorder = new Recorder();
  const inputs: Inputs = {
    feed: (name, shape, dtype) => recorder.placeholder(recorder.feeds, name, shape, dtype),
    variable: (name, shape, dtype) => recorder.placeholder(recorder.variables, name, shape, dtype),
  };
  backend.binding = recorder.standIn(native);
  tf.engine().startScope('record');
  try {
    const { outputs, updates } = step(inputs);
    const typed = (tensors: ReadonlyMap<string, Tensor>): Map<string, TensorType> =>
      new Map(
        [...tensors].map(([name, tensor]) => {
          const [id = -1] = backend.getInputTensorIds([tensor]);
          return [name, recorder.requireType(id, name)];
        }),
      );
    return prune({
      feeds: recorder.feeds,
      variables: recorder.variables,
      constants: recorder.constants,
      ops: recorder.ops,
      outputs: typed(outputs),
      updates: typed(updates),
    });
  } finally {
    tf.engine().endScope();
    backend.binding = native;
  }
}
