import { int, T, text, type } from '../../nn/raw.ts';
import { DataType } from '../../runtime/types.ts';
import { readAttribute } from '../../trace/recording.ts';
import type { ListedOp } from './results.ts';

/** Executes an op and returns the ids of its outputs. */
type Execute = (op: string, attributes: ListedOp['attributes'], inputs: readonly number[], outputs: number) => number[];

/** Creates tensors and executes ops on the device of this process. */
interface Runner {
  readonly create: (shape: readonly number[], dtype: number, values: Int32Array) => number;
  readonly execute: Execute;
}

/** Whether an op is a gradient of a convolution with explicit padding, as training steps on a GPU have them. */
export const hasExplicitPadding = ({ op, attributes }: ListedOp): boolean =>
  op.includes('Backprop') && readAttribute({ attributes }, 'padding') === 'EXPLICIT';

/**
 * Computes a gradient with explicit padding from padded images, as training steps on a CPU do: TensorFlow's CPU kernels for explicit
 * padding do not support groups.
 * @param ids the ids of the op's inputs. Returns the ids of its outputs.
 */
export function executePadded(listed: ListedOp, ids: readonly number[], { create, execute }: Runner): number[] {
  const { op, attributes, inputs } = listed;
  const paddings = readAttribute({ attributes }, 'explicit_paddings') as readonly number[];
  const before = paddings.filter((_, i) => i % 2 === 0);
  const integers = (shape: readonly number[], values: readonly number[]) =>
    create(shape, DataType.int32, Int32Array.from(values));
  const changed = [text('padding', 'VALID'), int('explicit_paddings', [])];
  const valid = attributes.map(
    (attribute) => changed.find(({ name }) => name === attribute.name) ?? attribute,
  ) as typeof attributes;
  if (op.endsWith('Filter')) {
    const pad = [T, type('Tpaddings', DataType.int32)] as typeof attributes;
    const [padded] = execute('Pad', pad, [ids[0]!, integers([4, 2], paddings)], 1);
    return execute(op, valid, [padded!, ...ids.slice(1)], 1);
  }
  const sizes = inputs[0]!.values!;
  const larger = sizes.map((size, i) => size + paddings[2 * i]! + paddings[2 * i + 1]!);
  const [gradient] = execute(op, valid, [integers([4], larger), ...ids.slice(1)], 1);
  const slice = [T, type('Index', DataType.int32)] as typeof attributes;
  return execute('Slice', slice, [gradient!, integers([4], before), ids[0]!], 1);
}
