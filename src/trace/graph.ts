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

/** The GraphDef version that the pinned TensorFlow writes, tensorflow/core/public/version.h. */
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

const attributesOf = (op: RecordedOp): Record<string, AttributeMessage> =>
  Object.fromEntries(op.attributes.map((given) => [given.name, attributeValue(given)]));

interface InPlace {
  readonly recording: Recording;
  readonly sources: Map<number, string>;
  /** The node that updates a variable in place, by the recorded tensor that is its new value. */
  readonly inPlace: Map<number, string>;
}

/** Fetching this node assigns every variable what its `/value` is fed. */
export const ASSIGNED = 'assigned';

/** Builds one GraphDef from recordings that share their variables; each recording's nodes stand under its own name. */
export class GraphBuilder {
  readonly #graph = new messages.GraphDef();
  readonly #variables = new Map<string, Placeholder>();

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
    this.#graph.addNode(node);
    return name;
  }

  /** The handle of a variable, made at its first use, with nodes `<handle>/read`, `/value` (to feed) and `/assign`. */
  #handleOf(variable: Placeholder): string {
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

  /** Adds a recording: feeds `<name>/<feed>`, fetches `<name>/<output>`; fetching any output makes all updates. */
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
      const handle = this.#handleOf(variable);
      const read = `${name}/read/${handle}`;
      sources.set(variable.id, this.#add('ReadVariableOp', read, [handle], { dtype: typeValue(variable.dtype) }));
    }
    for (const constant of recording.constants.values())
      sources.set(constant.id, this.#addConstant(`${name}/constant${constant.id - FIRST_ID}`, constant));
    const inPlace = new Map<number, string>();
    recording.ops.forEach((op, index) => {
      const node = `${name}/${index}`;
      if (op.name === MOMENTUM_OP) this.#addMomentum(node, op, { recording, sources, inPlace });
      else this.#addOp(node, op, sources);
    });
    this.#addOutputs(name, recording, sources, inPlace);
  }

  #addConstant(name: string, constant: Constant, after: readonly string[] = []): string {
    const value = tensorValue(constant.shape, constant.dtype, constant.values);
    const waits = after.map((node) => `^${node}`);
    return this.#add('Const', name, waits, { dtype: typeValue(constant.dtype), value });
  }

  #addOp(name: string, op: RecordedOp, sources: Map<number, string>): void {
    this.#add(
      op.name,
      name,
      op.inputs.map(({ id }) => sourceOf(sources, id)),
      attributesOf(op),
    );
    op.outputs.forEach(({ id }, k) => sources.set(id, k === 0 ? name : `${name}:${k}`));
  }

  /**
   * The update on the variables themselves. Their reads come first: the gradient depends on them, and TensorFlow copies
   * a variable that someone still reads.
   */
  #addMomentum(node: string, op: RecordedOp, { recording, sources, inPlace }: InPlace): void {
    const names = op.inputs.slice(0, 2).map(({ id }) => {
      const variable = recording.variables.find((candidate) => candidate.id === id);
      if (!variable) throw new TypeError(`${MOMENTUM_OP} of ${op.layer} updates what is no variable`);
      return variable.name;
    });
    const values = op.inputs.slice(2).map(({ id }) => sourceOf(sources, id));
    const reads = op.inputs.slice(0, 2).map(({ id }) => `^${sourceOf(sources, id)}`);
    this.#add(op.name, node, [...names.map(handleName), ...values, ...reads], attributesOf(op));
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
      const value = sourceOf(sources, id);
      return this.#add('AssignVariableOp', `${name}/assign/${handle}`, [handle, value], {
        dtype: typeValue(dtype),
      });
    });
    for (const [output, { id, dtype }] of recording.outputs)
      this.#add('Identity', `${name}/${output}`, [sourceOf(sources, id), ...assigned.map((node) => `^${node}`)], {
        T: typeValue(dtype),
      });
  }

  /** The graph as the bytes of a SavedModel with one meta graph, tagged `serve`; ends the builder's work. */
  savedModel(): Uint8Array {
    const one = { id: 0, shape: [], dtype: DataType.float, values: new Float32Array([1]) };
    this.#addConstant(
      ASSIGNED,
      one,
      [...this.#variables.keys()].map((name) => `${handleName(name)}/assign`),
    );
    const versions = new messages.VersionDef();
    versions.setProducer(PRODUCER);
    this.#graph.setVersions(versions);
    const info = new messages.MetaGraphDef.MetaInfoDef();
    info.addTags('serve');
    const meta = new messages.MetaGraphDef();
    meta.setMetaInfoDef(info);
    meta.setGraphDef(this.#graph);
    const model = new messages.SavedModel();
    model.setSavedModelSchemaVersion(1);
    model.addMetaGraphs(meta);
    return model.serializeBinary();
  }
}

const sourceOf = (sources: ReadonlyMap<number, string>, id: number): string => {
  const source = sources.get(id);
  if (source === undefined) throw new TypeError(`tensor ${id} has no source in the graph`);
  return source;
};

/** Node names may hold letters, digits, `.`, `_`, `-` and `/`. */
export const handleName = (variable: string): string => `variable/${variable.replaceAll(/[^\w.\-/]/g, '_')}`;
