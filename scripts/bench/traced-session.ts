import { createRequire } from 'node:module';
import { join } from 'node:path';
import { readInstallation } from '../../src/runtime/installation.ts';
import { loadTensorFlow, runtimeDevice } from '../../src/runtime/tensorflow.ts';
import type { Placeholder } from '../../src/trace/recording.ts';

type Values = Float32Array | Int32Array | Uint8Array;

/** A value that is fed to the node `name`. */
export interface Feed {
  readonly name: string;
  readonly type: Pick<Placeholder, 'shape' | 'dtype'>;
  readonly values: Values;
}

/**
 * RunOptions of tensorflow/core/protobuf/config.proto: trace_level, output_partition_graphs. On a GPU, FULL_TRACE needs CUPTI.
 * SOFTWARE_TRACE times the calls of the ops.
 */
const traceOptions = (device: 'cpu' | 'gpu'): Uint8Array =>
  Uint8Array.of(0x08, device === 'gpu' ? 0x01 : 0x03, 0x28, 0x01);

/** The functions of TensorFlow's C API that a traced session calls (tensorflow/c/c_api.h). */
function openLibrary() {
  const folder = readInstallation()?.folder;
  if (folder === undefined) throw new Error('TensorFlow is not set up: run `npm run setup`');
  const koffi = createRequire(import.meta.url)('koffi') as typeof import('koffi');
  const library = koffi.load(join(folder, 'libtensorflow_cc.so.2'));
  const [pointer, text] = ['void *', 'const char *'];
  const output = koffi.struct({ operation: pointer, index: 'int' });
  const outputs = koffi.pointer(output);
  return {
    koffi,
    newStatus: library.func('TF_NewStatus', pointer, []),
    code: library.func('TF_GetCode', 'int', [pointer]),
    message: library.func('TF_Message', text, [pointer]),
    newOptions: library.func('TF_NewSessionOptions', pointer, []),
    newGraph: library.func('TF_NewGraph', pointer, []),
    newBuffer: library.func('TF_NewBuffer', pointer, []),
    bufferFrom: library.func('TF_NewBufferFromString', pointer, [pointer, 'size_t']),
    deleteBuffer: library.func('TF_DeleteBuffer', 'void', [pointer]),
    newImportOptions: library.func('TF_NewImportGraphDefOptions', pointer, []),
    importGraph: library.func('TF_GraphImportGraphDef', 'void', [pointer, pointer, pointer, pointer]),
    newSession: library.func('TF_NewSession', pointer, [pointer, pointer, pointer]),
    operation: library.func('TF_GraphOperationByName', pointer, [pointer, text]),
    allocate: library.func('TF_AllocateTensor', pointer, ['int', pointer, 'int', 'size_t']),
    data: library.func('TF_TensorData', pointer, [pointer]),
    bytes: library.func('TF_TensorByteSize', 'size_t', [pointer]),
    deleteTensor: library.func('TF_DeleteTensor', 'void', [pointer]),
    copy: library.func('memcpy', pointer, [pointer, pointer, 'size_t']),
    run: library.func('TF_SessionRun', 'void', [
      ...[pointer, pointer, outputs, koffi.pointer(pointer), 'int', outputs, koffi.pointer(pointer), 'int'],
      ...[koffi.pointer(pointer), 'int', pointer, pointer],
    ]),
  };
}

/** A session with a graph of its own that can return TensorFlow's timeline of a run. */
export class TracedSession {
  readonly #tf = openLibrary();
  readonly #status: unknown;
  readonly #graph: unknown;
  readonly #session: unknown;

  /** @param graph a GraphDef, as `GraphBuilder` writes it. @throws Error with TensorFlow's message if it cannot be opened. */
  constructor(graph: Uint8Array) {
    // This also sets the environment variables that TensorFlow reads once.
    loadTensorFlow();
    const tf = this.#tf;
    this.#status = tf.newStatus();
    this.#graph = tf.newGraph();
    const definition: unknown = tf.bufferFrom(graph, graph.length);
    tf.importGraph(this.#graph, definition, tf.newImportOptions(), this.#status);
    this.#check();
    tf.deleteBuffer(definition);
    this.#session = tf.newSession(this.#graph, tf.newOptions(), this.#status) as unknown;
    this.#check();
  }

  #check(): void {
    if (this.#tf.code(this.#status) !== 0) throw new Error(String(this.#tf.message(this.#status)));
  }

  #tensor({ type: { shape, dtype }, values }: Feed): unknown {
    const tf = this.#tf;
    const sizes = BigInt64Array.from(shape, BigInt);
    const tensor: unknown = tf.allocate(dtype, sizes, shape.length, values.byteLength);
    tf.copy(tf.data(tensor), values, values.byteLength);
    return tensor;
  }

  #output(name: string) {
    const operation: unknown = this.#tf.operation(this.#graph, name);
    if (operation === null) throw new Error(`the graph has no node ${name}`);
    return { operation, index: 0 };
  }

  #traceOptions(): unknown {
    const bytes = traceOptions(runtimeDevice().device);
    return this.#tf.bufferFrom(bytes, bytes.length);
  }

  /** Runs nodes that have no output, such as those that assign variables. */
  execute(feeds: readonly Feed[], nodes: readonly string[]): void {
    const tf = this.#tf;
    const inputs = feeds.map((feed) => this.#tensor(feed));
    const targets = nodes.map((name) => this.#output(name).operation);
    tf.run(
      ...[this.#session, null, feeds.map(({ name }) => this.#output(name)), inputs, inputs.length],
      ...[null, null, 0, targets, targets.length, null, this.#status],
    );
    this.#check();
    for (const tensor of inputs) tf.deleteTensor(tensor);
  }

  /**
   * Runs the graph until `fetches` are computed. Returns the bytes of RunMetadata (tensorflow/core/protobuf/config.proto) with
   * `trace`, otherwise none.
   */
  run(feeds: readonly Feed[], fetches: readonly string[], trace = false): Uint8Array {
    const tf = this.#tf;
    const { koffi } = tf;
    const inputs = feeds.map((feed) => this.#tensor(feed));
    const results = Buffer.alloc(8 * fetches.length);
    const options = trace ? this.#traceOptions() : null;
    const metadata: unknown = trace ? tf.newBuffer() : null;
    tf.run(
      ...[this.#session, options, feeds.map(({ name }) => this.#output(name)), inputs, inputs.length],
      ...[fetches.map((name) => this.#output(name)), results, fetches.length, null, 0, metadata, this.#status],
    );
    this.#check();
    for (const tensor of inputs) tf.deleteTensor(tensor);
    for (let i = 0; i < fetches.length; i++) tf.deleteTensor(koffi.decode(results, 8 * i, 'void *'));
    if (!trace) return new Uint8Array();
    // TF_Buffer starts with the address and the length of its data.
    const data: unknown = koffi.decode(metadata, 0, 'void *');
    const length = Number(koffi.decode(metadata, 8, 'size_t'));
    const bytes = Buffer.from(koffi.view(data, length)).subarray(0, length);
    const copied = Uint8Array.from(bytes);
    tf.deleteBuffer(metadata);
    tf.deleteBuffer(options);
    return copied;
  }
}
