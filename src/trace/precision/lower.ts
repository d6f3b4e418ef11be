import { DataType } from '../../runtime/types.ts';
import { castOp, withType } from '../cast.ts';
import { FIRST_ADDED_ID, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { type FormatRule, formatRule } from './rules.ts';

type Device = 'cpu' | 'gpu';

const { float: FLOAT32, bfloat16: BFLOAT16 } = DataType;

const isFloat = ({ dtype }: TensorType): boolean => dtype === FLOAT32;

/** Whether an op belongs to the network's forward or backward pass; input, loss and update stay float32. */
const isOfNetwork = ({ direction, layer }: RecordedOp): boolean =>
  layer !== 'loss' && (direction === 'forward' || direction === 'inputGradient' || direction === 'weightGradient');

class Lowering {
  readonly ops: RecordedOp[] = [];
  readonly #device: Device;
  /** The tensors that are bfloat16, by their recorded id. */
  readonly #lowered = new Map<number, TensorType>();
  /** Tensors that were cast to their other format, by their recorded id. */
  readonly #casts = new Map<number, TensorType>();
  /** Constants and random masks. They take the format of the tensors that they are combined with. */
  readonly #flexible: Set<number>;
  #next = FIRST_ADDED_ID.casts;

  constructor(recording: Recording, device: Device) {
    this.#device = device;
    this.#flexible = new Set(recording.constants.keys());
  }

  /** Returns a tensor in a number format. Its first use in the other format adds a Cast. */
  #tensor(tensor: TensorType, dtype: number, user: Pick<RecordedOp, 'layer' | 'direction'>): TensorType {
    const own = this.#lowered.get(tensor.id) ?? tensor;
    if (own.dtype === dtype) return own;
    const known = this.#casts.get(tensor.id);
    if (known) return known;
    const output = { id: this.#next++, shape: tensor.shape, dtype };
    this.ops.push(castOp(own, output, user));
    this.#casts.set(tensor.id, output);
    return output;
  }

  /** Returns a bfloat16 tensor as float32, and any other tensor as it is. */
  toFloat32(tensor: TensorType, user: Pick<RecordedOp, 'layer' | 'direction'>): TensorType {
    return isFloat(tensor) ? this.#tensor(tensor, FLOAT32, user) : tensor;
  }

  #isLowered(rule: FormatRule, { inputs }: RecordedOp): boolean {
    if (rule.kind === 'product') return true;
    if (rule.kind === 'norm') return this.#lowered.has(inputs[rule.image]?.id ?? -1);
    const deciding = (rule.deciding?.map((i) => inputs[i]!) ?? inputs).filter(isFloat);
    const fixed = deciding.filter(({ id }) => !this.#flexible.has(id));
    return fixed.length > 0 && fixed.every(({ id }) => this.#lowered.has(id));
  }

  add(op: RecordedOp): void {
    const rule = isOfNetwork(op) ? formatRule(op, this.#device) : undefined;
    if (rule && this.#isLowered(rule, op)) this.#addLowered(op, rule);
    else this.#addFull(op);
  }

  #addFull(op: RecordedOp): void {
    this.ops.push({ ...op, inputs: op.inputs.map((input) => this.toFloat32(input, op)) });
    const isFlexible = op.mask && op.inputs.every((input) => !isFloat(input) || this.#flexible.has(input.id));
    if (isFlexible) for (const { id } of op.outputs) this.#flexible.add(id);
  }

  #addLowered(op: RecordedOp, rule: FormatRule): void {
    const images = rule.kind === 'norm' ? { inputs: rule.images, outputs: 1 } : { inputs: Infinity, outputs: Infinity };
    const inputs = op.inputs.map((input, i) =>
      isFloat(input) ? this.#tensor(input, i < images.inputs ? BFLOAT16 : FLOAT32, op) : input,
    );
    const outputs = op.outputs.map((output, i) => {
      if (!isFloat(output) || i >= images.outputs) return output;
      const lowered = { ...output, dtype: BFLOAT16 };
      this.#lowered.set(output.id, lowered);
      return lowered;
    });
    this.ops.push({ ...op, attributes: withType(op, BFLOAT16), inputs, outputs });
  }
}

/**
 * Lowers a recording to mixed precision, as torch.autocast does. Products run in bfloat16, and so do the ops after them that can.
 * Losses, norm statistics, weights and updates stay float32. Feeds, variables and outputs keep their types. The added casts have
 * no FLOPs.
 */
export function lowerToBfloat16(recording: Recording, device: Device): Recording {
  const lowering = new Lowering(recording, device);
  for (const op of recording.ops) lowering.add(op);
  const toFloat32 = (tensors: ReadonlyMap<string, TensorType>, direction: RecordedOp['direction']) =>
    new Map([...tensors].map(([name, tensor]) => [name, lowering.toFloat32(tensor, { layer: '', direction })]));
  const outputs = toFloat32(recording.outputs, 'loss');
  const updates = toFloat32(recording.updates, 'update');
  return { ...recording, ops: lowering.ops, outputs, updates };
}
