import { MOMENTUM_OP } from '../nn/raw.ts';
import type { OpAttribute } from '../runtime/binding.ts';
import { AttributeType, DataType } from '../runtime/types.ts';
import {
  type AttributeMessage,
  boolValue,
  floatValue,
  integerValue,
  messages,
  shapeValue,
  tensorValue,
  textValue,
  typeValue,
} from './protobuf.ts';
import { type Constant, FIRST_ID, type Placeholder, type RecordedOp, type Recording } from './recording.ts';

/** The GraphDef version of the pinned TensorFlow (tensorflow/core/public/version.h). */
const PRODUCER = 1882;

function attributeValue({ name, type, value }: OpAttribute): AttributeMessage {
  switch (type) {
    case AttributeType.type:
      return typeValue(value as number);
    case AttributeType.int:
      return integerValue(value as number | readonly number[]);
    case AttributeType.float:
      return floatValue(value as number);
    case AttributeType.bool:
      return boolValue(value as boolean);
    case AttributeType.string:
      return textValue(value as string);
    default:
      throw new TypeError(`attribute ${name} of type ${type} cannot be written into a graph`);
  }
}

const toAttributes = (op: RecordedOp): Record<string, AttributeMessage> =>
  Object.fromEntries(op.attributes.map((attribute) => [attribute.name, attributeValue(attribute)]));

interface RecordingNodes {
  readonly recording: Recording;
  /** The node output that has the value of each recorded tensor, by the tensor's id. */
  readonly sources: Map<number, string>;
  /** The nodes so far that use the memory of each recorded tensor, by the tensor's id. */
  readonly readers: Map<number, string[]>;
  /** The node that updates a variable in place, by the id of the recorded tensor with its new value. */
  readonly inPlace: Map<number, string>;
}

/** Builds one GraphDef from recordings that share variables. The node names of a recording start with its name. */
export class GraphBuilder {
  readonly #graph = new messages.GraphDef();
  readonly #variables = new Map<string, Placeholder>();
  readonly #notCompiled: ReadonlySet<string>;

  /** @param notCompiled names of ops that XLA leaves out of its clusters. */
  constructor(notCompiled: readonly string[] = []) {
    this.#notCompiled = new Set(notCompiled);
  }

  #add(
    operation: string,
    name: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, AttributeMessage>> = {},
  ): string {
    const node = new messages.NodeDef();
    node.setOp(operation);
    node.setName(name);
    node.setInputList([...inputs]);
    for (const [key, value] of Object.entries(attributes)) node.getAttrMap().set(key, value);
    if (this.#notCompiled.has(operation)) node.getAttrMap().set('_XlaCompile', boolValue(false));
    this.#graph.addNode(node);
    return name;
  }

  /** The handle of a variable. Its first use adds it with the nodes `<handle>/read`, `/value` (to feed) and `/assign`. */
  #handle(variable: Placeholder): string {
    const handle = handleName(variable.name);
    if (this.#variables.has(variable.name)) return handle;
    this.#variables.set(variable.name, variable);
    const dtype = typeValue(variable.dtype);
    const shape = shapeValue(variable.shape);
    this.#add('VarHandleOp', handle, [], { dtype, shape, shared_name: textValue(handle) });
    this.#add('Placeholder', `${handle}/value`, [], { dtype, shape });
    this.#add('AssignVariableOp', `${handle}/assign`, [handle, `${handle}/value`], { dtype });
    this.#add('ReadVariableOp', `${handle}/read`, [handle], { dtype });
    return handle;
  }

  /**
   * Adds a recording with feeds `<name>/<feed>` and fetches `<name>/<output>`. Fetching any output executes all updates.
   * @throws TypeError if an op reads a tensor that nothing makes, or has an attribute that a graph cannot store.
   */
  addRecording(name: string, recording: Recording): void {
    const sources = new Map<number, string>();
    for (const feed of recording.feeds)
      sources.set(
        feed.id,
        this.#add('Placeholder', `${name}/${feed.name}`, [], {
          dtype: typeValue(feed.dtype),
          shape: shapeValue(feed.shape),
        }),
      );
    for (const variable of recording.variables) {
      const handle = this.#handle(variable);
      const read = `${name}/read/${handle}`;
      sources.set(variable.id, this.#add('ReadVariableOp', read, [handle], { dtype: typeValue(variable.dtype) }));
    }
    for (const constant of recording.constants.values())
      sources.set(constant.id, this.#addConstant(`${name}/constant${constant.id - FIRST_ID}`, constant));
    const inPlace = new Map<number, string>();
    const readers = new Map<number, string[]>();
    recording.ops.forEach((op, index) => {
      const node = `${name}/${index}`;
      if (op.name === MOMENTUM_OP) this.#addMomentum(node, op, { recording, sources, readers, inPlace });
      else this.#addOp(node, op, sources);
      addReader(readers, op, node);
    });
    this.#addOutputs(name, recording, sources, inPlace);
  }

  #addConstant(name: string, constant: Constant): string {
    const value = tensorValue(constant.shape, constant.dtype, constant.values);
    return this.#add('Const', name, [], { dtype: typeValue(constant.dtype), value });
  }

  #addOp(name: string, op: RecordedOp, sources: Map<number, string>): void {
    this.#add(
      op.name,
      name,
      op.inputs.map(({ id }) => findSource(sources, id)),
      toAttributes(op),
    );
    op.outputs.forEach(({ id }, k) => sources.set(id, k === 0 ? name : `${name}:${k}`));
  }

  /**
   * Updates the variables in place. The update waits for the ops that read the old values, because TensorFlow copies a variable that
   * is still in use.
   */
  #addMomentum(node: string, op: RecordedOp, { recording, sources, readers, inPlace }: RecordingNodes): void {
    const names = op.inputs.slice(0, 2).map(({ id }) => {
      const variable = recording.variables.find((candidate) => candidate.id === id);
      if (!variable) throw new TypeError(`${MOMENTUM_OP} of ${op.layer} updates a tensor that is not a variable`);
      return variable.name;
    });
    const values = op.inputs.slice(2).map(({ id }) => findSource(sources, id));
    const reads = op.inputs.slice(0, 2).map(({ id }) => `^${findSource(sources, id)}`);
    const used = new Set(op.inputs.slice(2).map(({ id }) => findSource(sources, id)));
    const users = op.inputs
      .slice(0, 2)
      .flatMap(({ id }) => readers.get(id) ?? [])
      .filter((user) => !used.has(user));
    const waits = [...new Set([...reads, ...users.map((user) => `^${user}`)])];
    this.#add(op.name, node, [...names.map(handleName), ...values, ...waits], toAttributes(op));
    names.forEach((variable, k) => {
      inPlace.set(op.outputs[k]?.id ?? -1, node);
      const read = this.#add('ReadVariableOp', `${node}/${k}`, [handleName(variable), `^${node}`], {
        dtype: typeValue(DataType.float),
      });
      sources.set(op.outputs[k]?.id ?? -1, read);
    });
  }

  #addOutputs(
    name: string,
    recording: Recording,
    sources: Map<number, string>,
    inPlace: ReadonlyMap<number, string>,
  ): void {
    const assigned = [...recording.updates].map(([variable, { id, dtype }]) => {
      const updated = inPlace.get(id);
      if (updated !== undefined) return updated;
      const handle = handleName(variable);
      const value = findSource(sources, id);
      return this.#add('AssignVariableOp', `${name}/assign/${handle}`, [handle, value], {
        dtype: typeValue(dtype),
      });
    });
    for (const [output, { id, dtype }] of recording.outputs)
      this.#add('Identity', `${name}/${output}`, [findSource(sources, id), ...assigned.map((node) => `^${node}`)], {
        T: typeValue(dtype),
      });
  }

  /** The bytes of the GraphDef. Call it once, at the end. */
  graphDef(): Uint8Array {
    const versions = new messages.VersionDef();
    versions.setProducer(PRODUCER);
    this.#graph.setVersions(versions);
    return this.#graph.serializeBinary();
  }
}

/** Adds the op to the readers of its inputs. A reshaped tensor has the memory of its original, so they share their readers. */
function addReader(readers: Map<number, string[]>, { name, inputs, outputs }: RecordedOp, node: string): void {
  for (const { id } of inputs) {
    const known = readers.get(id) ?? [];
    readers.set(id, known);
    known.push(node);
  }
  if (name === 'Reshape') readers.set(outputs[0]!.id, readers.get(inputs[0]!.id)!);
}

const findSource = (sources: ReadonlyMap<number, string>, id: number): string => {
  const source = sources.get(id);
  if (source === undefined) throw new TypeError(`tensor ${id} has no source in the graph`);
  return source;
};

/** The name of a variable's handle node; node names may contain letters, digits, `.`, `_`, `-` and `/`. */
export const handleName = (variable: string): string => `variable/${variable.replaceAll(/[^\w.\-/]/g, '_')}`;
