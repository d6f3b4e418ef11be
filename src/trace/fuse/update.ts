import { int } from '../../nn/raw.ts';
import { DataType } from '../../runtime/types.ts';
import { type Constant, elementCount, prune, type RecordedOp, type Recording, type TensorType } from '../recording.ts';
import { isFloat } from './rewriter.ts';

/** The numbers of the enumeration in scripts/setup/native/kernels/update.cc. */
const CODES: Readonly<Record<string, number>> = {
  Mul: 0,
  Add: 1,
  AddV2: 1,
  Sub: 2,
  RealDiv: 3,
  Square: 4,
  Sqrt: 5,
  Rsqrt: 6,
  Sign: 7,
  Maximum: 8,
  Minimum: 9,
};

/** Tensors of up to so many values are updated together. */
const SMALL = 16384;

/** The most tensors that are updated together. */
const MAX_TENSORS = 256;

/** Elementwise ops of one shape that read each other's results or the same tensors: what becomes one program. */
interface Group {
  readonly ops: RecordedOp[];
  readonly stage: number;
  readonly shape: readonly number[];
}

/** A group as a program over registers: the operands, then the result of each op. */
interface Program {
  readonly stage: number;
  readonly size: number;
  readonly scalars: readonly number[];
  /** The operand that has the shape of the outputs and stays as it is; outputs may replace the others. */
  readonly kept: number;
  readonly instructions: readonly number[];
  readonly results: readonly number[];
  readonly operands: readonly TensorType[];
  readonly outputs: readonly TensorType[];
  readonly ops: readonly RecordedOp[];
}

const isScalar = ({ shape }: TensorType): boolean => shape.length === 0;

const sameAs = ({ shape }: TensorType, other: readonly number[]): boolean => shape.join() === other.join();

/** Whether an op of the update computes each value of a tensor from the same place of its operands, and from scalars. */
function isElementwise(op: RecordedOp): boolean {
  const y = op.outputs[0];
  if (op.direction !== 'update' || !y || isScalar(y) || !(op.name in CODES) || !isFloat(op)) return false;
  return op.inputs.every((x) => isScalar(x) || sameAs(x, y.shape));
}

const constantKey = ({ shape, dtype, values }: Constant): string => `${dtype} ${shape.join()} ${values.join()}`;

/** Scalars that are equal in every execution become one: constants of one value, and the same op of the same scalars. */
function shareScalars(recording: Recording): Recording {
  const known = new Map<string, TensorType>();
  const same = new Map<number, TensorType>();
  const share = (key: string, tensor: TensorType): boolean => {
    const first = known.get(key);
    if (first) same.set(tensor.id, first);
    else known.set(key, tensor);
    return first !== undefined;
  };
  for (const constant of recording.constants.values()) if (isScalar(constant)) share(constantKey(constant), constant);
  const ops = recording.ops.flatMap((op) => {
    const inputs = op.inputs.map((input) => same.get(input.id) ?? input);
    const y = op.outputs[0];
    if (op.direction === 'update' && op.name in CODES && isFloat(op) && y && isScalar(y)) {
      const key = `${op.name} ${inputs.map(({ id }) => id).join()}`;
      if (share(key, y)) return [];
    }
    return [{ ...op, inputs }];
  });
  const shared = (tensors: ReadonlyMap<string, TensorType>) =>
    new Map([...tensors].map(([name, tensor]) => [name, same.get(tensor.id) ?? tensor]));
  return { ...recording, ops, outputs: shared(recording.outputs), updates: shared(recording.updates) };
}

/**
 * How often the path to each op leaves the elementwise ops: ops of one stage cannot depend on each other through other ops, so
 * they can become one op.
 */
function stagesOf(ops: readonly RecordedOp[]): Map<RecordedOp, number> {
  const makers = new Map(ops.flatMap((op) => op.outputs.map(({ id }) => [id, op])));
  const stages = new Map<RecordedOp, number>();
  for (const op of ops) {
    const isOwn = isElementwise(op);
    const before = op.inputs.map(({ id }) => {
      const maker = makers.get(id);
      return maker ? (stages.get(maker) ?? 0) + (isElementwise(maker) && !isOwn ? 1 : 0) : 0;
    });
    stages.set(op, Math.max(0, ...before));
  }
  return stages;
}

/** The elementwise ops, grouped by what they share. */
function groupsOf(ops: readonly RecordedOp[]): Group[] {
  const stages = stagesOf(ops);
  const groups = new Set<Group>();
  /** The group of the ops that read or make a tensor, by stage and tensor. */
  const owners = new Map<string, Group>();
  for (const op of ops.filter(isElementwise)) {
    const stage = stages.get(op)!;
    const y = op.outputs[0]!;
    const keys = [...op.inputs.filter((x) => !isScalar(x)), y].map(({ id }) => `${stage} ${id}`);
    const found = [...new Set(keys.flatMap((key) => owners.get(key) ?? []))];
    const group: Group = { ops: [...found.flatMap((one) => one.ops), op], stage, shape: y.shape };
    for (const one of found) groups.delete(one);
    groups.add(group);
    const tensors = group.ops.flatMap(({ inputs, outputs }) => [...inputs.filter((x) => !isScalar(x)), ...outputs]);
    for (const { id } of tensors) owners.set(`${stage} ${id}`, group);
  }
  return [...groups];
}

/** What is known of tensors outside of a group. */
interface Known {
  /** Whether an op that is not in the group needs a tensor, or the caller does. */
  isRead(tensor: TensorType, group: Group): boolean;
  /** Whether a tensor is the value of a variable, whose memory cannot be reused. */
  isVariable(tensor: TensorType): boolean;
}

function programOf(group: Group, known: Known): Program {
  const { ops, stage, shape } = group;
  const made = new Set(ops.map(({ outputs }) => outputs[0]!.id));
  const operands = [
    ...new Map(ops.flatMap(({ inputs }) => inputs.map((input) => [input.id, input] as const))).values(),
  ].filter(({ id }) => !made.has(id));
  const registers = new Map(operands.map(({ id }, k) => [id, k]));
  const instructions = ops.flatMap(({ name, inputs, outputs }, k) => {
    registers.set(outputs[0]!.id, operands.length + k);
    const [first, second = first] = inputs.map(({ id }) => registers.get(id)!);
    return [CODES[name]!, first!, second!];
  });
  const outputs = ops.map((op) => op.outputs[0]!).filter((tensor) => known.isRead(tensor, group));
  const variable = operands.findIndex((x) => !isScalar(x) && known.isVariable(x));
  return {
    ...{ stage, instructions, operands, outputs, ops },
    size: elementCount(shape),
    scalars: operands.map((x) => (isScalar(x) ? 1 : 0)),
    kept: variable >= 0 ? variable : operands.findIndex((x) => !isScalar(x)),
    results: outputs.map(({ id }) => registers.get(id)!),
  };
}

/** The programs of one op each: large tensors alone, small ones with the same program together. */
function batches(programs: readonly Program[]): Program[][] {
  const open = new Map<string, Program[]>();
  const closed: Program[][] = [];
  for (const program of programs) {
    if (program.size > SMALL) {
      closed.push([program]);
      continue;
    }
    const { stage, scalars, kept, instructions, results } = program;
    const key = JSON.stringify([stage, scalars, kept, instructions, results]);
    const batch = open.get(key) ?? [];
    batch.push(program);
    open.set(key, batch);
    if (batch.length < MAX_TENSORS) continue;
    closed.push(batch);
    open.delete(key);
  }
  return [...closed, ...open.values()];
}

function fusedOp(batch: readonly Program[]): RecordedOp {
  const { scalars, kept, instructions, results } = batch[0]!;
  const inputs = [...new Map(batch.flatMap(({ operands }) => operands.map((x) => [x.id, x] as const))).values()];
  const places = new Map(inputs.map(({ id }, place) => [id, place]));
  const outputs = batch.flatMap((program) => program.outputs);
  const operands = batch.flatMap((program) => program.operands.map(({ id }) => places.get(id)!));
  const attributes = [
    ...[int('N', inputs.length), int('M', outputs.length), int('scalars', scalars), int('kept', kept)],
    ...[int('program', instructions), int('results', results), int('operands', operands)],
  ];
  const layer = batch.length === 1 ? batch[0]!.ops[0]!.layer : '';
  return { name: 'DoubletimeUpdate', attributes, inputs, outputs, layer, direction: 'update', mask: false };
}

/** The ops in an order in which every op follows those that make its inputs; otherwise as given. */
function inOrder(ops: readonly RecordedOp[]): RecordedOp[] {
  const makers = new Map(ops.flatMap((op) => op.outputs.map(({ id }) => [id, op])));
  const ordered = new Set<RecordedOp>();
  const add = (op: RecordedOp): void => {
    if (ordered.has(op)) return;
    for (const { id } of op.inputs) {
      const maker = makers.get(id);
      if (maker) add(maker);
    }
    ordered.add(op);
  };
  for (const op of ops) add(op);
  return [...ordered];
}

/**
 * Makes one op of the elementwise ops that update a parameter, and of those of many small parameters. The results are the same to
 * the bit, except those of Rsqrt (RMSProp), which differ by its last bit.
 */
export function fuseUpdates(given: Recording): Recording {
  const recording = prune(shareScalars(given));
  const groups = groupsOf(recording.ops);
  const owner = new Map(groups.flatMap((group) => group.ops.map((op) => [op, group])));
  const variables = new Set(recording.variables.map(({ id }) => id));
  const fetched = new Set([...recording.outputs.values(), ...recording.updates.values()].map(({ id }) => id));
  const readers = new Map<number, Set<Group | undefined>>();
  for (const op of recording.ops)
    for (const { id } of op.inputs) readers.set(id, (readers.get(id) ?? new Set()).add(owner.get(op)));
  const known: Known = {
    isRead: ({ id }, group) => fetched.has(id) || [...(readers.get(id) ?? [])].some((reader) => reader !== group),
    isVariable: ({ id }) => variables.has(id),
  };
  const fused = batches(groups.map((group) => programOf(group, known))).map(fusedOp);
  return { ...recording, ops: inOrder([...recording.ops.filter((op) => !owner.has(op)), ...fused]) };
}
