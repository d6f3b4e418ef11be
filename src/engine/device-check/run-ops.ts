import { messageOf } from '../../base/errors.ts';
import type { NativeBinding, OpAttribute } from '../../runtime/binding.ts';
import { DataType } from '../../runtime/types.ts';
import { elementCount } from '../../trace/recording.ts';
import type { OpInputs } from './op-inputs.ts';
import { executePadded, hasExplicitPadding } from './padded-gradient.ts';
import type { ListedOp, OpResult } from './results.ts';
import { createSketch } from './sketch.ts';

/** The types that JavaScript can read. */
const TYPES: readonly number[] = [DataType.float, DataType.int32, DataType.uint8, DataType.bool];

/** Why an op cannot be executed alone; undefined if it can. */
export function reasonNotToRun({ op, inputs }: ListedOp): string | undefined {
  if (op.startsWith('Resource')) return 'it changes a variable of the graph; the training steps check it';
  if (inputs.some(({ dtype }) => !TYPES.includes(dtype))) return 'JavaScript cannot read the type of an input';
  return undefined;
}

/**
 * The number of a batch norm's outputs that are compared. The others are intermediate results for its gradient, which differ between
 * the kernels of a CPU and a GPU.
 */
const COMPARED_NORM_OUTPUTS = 3;

class OpRunner {
  readonly #native: NativeBinding;
  /** The ids of all tensors to delete. */
  readonly #created: number[] = [];

  constructor(native: NativeBinding) {
    this.#native = native;
  }

  create(shape: readonly number[], dtype: number, values: Parameters<NativeBinding['createTensor']>[2]): number {
    const id = this.#native.createTensor(shape, dtype, values);
    this.#created.push(id);
    return id;
  }

  execute(op: string, attributes: readonly OpAttribute[], inputs: readonly number[], outputs: number): number[] {
    const ids = this.#native.executeOp(op, attributes, inputs, outputs).map(({ id }) => id);
    this.#created.push(...ids);
    return ids;
  }

  /** Replaces inputs that must be outputs of a forward op: runs that op on the same device and inputs, and takes its outputs. */
  withForwardOutputs({ op, inputs, attributes }: ListedOp, ids: readonly number[]): readonly number[] {
    if (op === 'FusedBatchNormGradV3') {
      const [dy, x, scale] = ids as readonly [number, number, number];
      const shape = inputs[2]!.shape;
      const zeros = this.create(shape, DataType.float, new Float32Array(elementCount(shape)));
      const none = this.create([0], DataType.float, new Float32Array(0));
      const factor = { name: 'exponential_avg_factor', type: this.#native.TF_ATTR_FLOAT, value: 1 };
      const forward = this.execute('FusedBatchNormV3', [...attributes, factor], [x, scale, zeros, none, none], 6);
      return [dy, x, scale, ...forward.slice(3)];
    }
    if (op === 'MaxPoolGrad') return [ids[0]!, ...this.execute('MaxPool', attributes, [ids[0]!], 1), ids[2]!];
    if (op === 'LRNGrad') return [ids[0]!, ids[1]!, ...this.execute('LRN', attributes, [ids[1]!], 1)];
    return ids;
  }

  /** Executes an op with forward outputs of this device. A CPU computes gradients with explicit padding from padded images. */
  run(listed: ListedOp, ids: readonly number[], onGpu: boolean): number[] {
    if (!onGpu && hasExplicitPadding(listed))
      return executePadded(listed, ids, { create: this.create.bind(this), execute: this.execute.bind(this) });
    return this.execute(listed.op, listed.attributes, this.withForwardOutputs(listed, ids), listed.outputs);
  }

  close(): void {
    for (const id of this.#created) this.#native.deleteTensor(id);
  }
}

/** Executes one op on the device of this process. An error of the op is part of the result. */
export function runOp(listed: ListedOp, inputs: OpInputs, native: NativeBinding, onGpu = false): OpResult {
  const reason = reasonNotToRun(listed);
  if (reason !== undefined) return { outputs: null };
  const runner = new OpRunner(native);
  try {
    const ids = listed.inputs.map(({ shape, dtype }, i) => runner.create(shape, dtype, inputs.values(listed, i)));
    const results = runner.run(listed, ids, onGpu);
    const compared = listed.op.startsWith('FusedBatchNorm') ? results.slice(0, COMPARED_NORM_OUTPUTS) : results;
    return { outputs: compared.map((id) => createSketch(native.tensorDataSync(id))) };
  } catch (error) {
    return { outputs: null, error: messageOf(error).slice(0, 300) };
  } finally {
    runner.close();
  }
}
