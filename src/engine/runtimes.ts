import { loadTensorFlow, nativeBackend } from '../runtime/tensorflow.ts';
import type { NativeValues } from '../runtime/binding.ts';
import type { Inputs, Results } from '../nn/inputs.ts';
import type { Recording } from '../trace/recording.ts';
import { withValueUpdates } from '../trace/resources.ts';
import { GraphSession } from '../trace/session.ts';
import type { SessionOptions } from '../runtime/session-options.ts';
import { compiling } from './compilation.ts';
import type { Tensor } from '../nn/tensor.ts';

type Values = Float32Array | Int32Array | Uint8Array;
/** Values of variables by name. They may be computed one by one as they are read. */
export type StateValues = Iterable<readonly [name: string, values: Float32Array]>;

/** The functions of a run by name: each builds its ops from its inputs. */
export type Functions = ReadonlyMap<string, (inputs: Inputs) => Results>;

/** Executes the functions of a run and holds its state, in TensorFlow's layout. */
export interface Runtime {
  /** Runs a function, updates the state, and returns the outputs by name. */
  call(name: string, feeds: Readonly<Record<string, Values>>): Map<string, NativeValues>;
  /**
   * Copies the feeds, and returns a function that starts the call on a thread of its own. Calls run in the order in which they were
   * started. Without `fetch` no output is read. Missing if the runtime has no such thread.
   */
  stage?(
    name: string,
    feeds: Readonly<Record<string, Values>>,
    fetch: boolean,
  ): () => Promise<Map<string, NativeValues>>;
  /** Assigns a value to every variable, in TensorFlow's layout. */
  assign(values: StateValues): void;
  /** The state by name. */
  read(): Map<string, Float32Array>;
  /** The number of tensors that TensorFlow holds. */
  tensorsAlive(): number;
  close(): void;
}

/** Runs the recordings as one graph, with the state in TensorFlow variables. */
export class GraphRuntime implements Runtime {
  readonly #session: GraphSession;
  /** The functions that XLA has not compiled yet. */
  readonly #uncompiled: Set<string>;

  constructor(recordings: ReadonlyMap<string, Recording>, options: SessionOptions = {}) {
    this.#session = new GraphSession(recordings, options);
    this.#uncompiled = new Set(options.compile === undefined ? [] : recordings.keys());
  }

  call(name: string, feeds: Readonly<Record<string, Values>>): Map<string, NativeValues> {
    if (this.#uncompiled.delete(name)) return compiling(() => this.#session.call(name, feeds));
    return this.#session.call(name, feeds);
  }

  stage(
    name: string,
    feeds: Readonly<Record<string, Values>>,
    fetch: boolean,
  ): () => Promise<Map<string, NativeValues>> {
    if (!this.#uncompiled.has(name)) return this.#session.stage(name, feeds, fetch);
    // The first call runs in JavaScript's thread, because XLA's messages are captured during it.
    const copy = Object.fromEntries(Object.entries(feeds).map(([feed, values]) => [feed, values.slice()]));
    return () => Promise.resolve(this.call(name, copy));
  }

  assign(values: StateValues): void {
    this.#session.assign(values);
  }

  read(): Map<string, Float32Array> {
    return this.#session.read();
  }

  tensorsAlive(): number {
    return nativeBackend().binding.getNumOfTensors();
  }

  close(): void {
    this.#session.close();
  }
}

/** Runs the same functions op by op through tfjs: the reference that tests compare the graph with. */
export class EagerRuntime implements Runtime {
  readonly #functions: Functions;
  readonly #recordings: ReadonlyMap<string, Recording>;
  readonly #state = new Map<string, Tensor>();

  constructor(functions: Functions, recordings: ReadonlyMap<string, Recording>) {
    this.#functions = functions;
    this.#recordings = recordings;
  }

  #tensor(shape: readonly number[], dtype: number, values: Values): Tensor {
    const backend = nativeBackend();
    const id = backend.binding.createTensor(shape, dtype, values);
    return backend.createOutputTensor({ id, shape: [...shape], dtype });
  }

  call(name: string, feeds: Readonly<Record<string, Values>>): Map<string, NativeValues> {
    const tf = loadTensorFlow();
    const step = this.#functions.get(name);
    if (!step) throw new RangeError(`the function ${name} does not exist`);
    const backend = nativeBackend();
    const native = backend.binding;
    backend.binding = withValueUpdates(native);
    tf.engine().startScope(name);
    try {
      const { outputs, updates } = step({
        feed: (feed, shape, dtype) => this.#tensor(shape, dtype, feeds[feed]!),
        variable: (variable) => this.#state.get(variable)!,
      });
      const results = new Map(
        [...outputs].map(([output, tensor]) => [output, tensor.dataSync<'float32'>() as NativeValues]),
      );
      for (const tensor of outputs.values()) tensor.dispose();
      for (const [variable, tensor] of updates) this.#replace(variable, tensor);
      return results;
    } finally {
      tf.engine().endScope();
      backend.binding = native;
    }
  }

  #replace(variable: string, tensor: Tensor): void {
    this.#state.get(variable)?.dispose();
    this.#state.set(variable, loadTensorFlow().keep(tensor));
  }

  #variables() {
    return new Map([...this.#recordings.values()].flatMap(({ variables }) => variables.map((v) => [v.name, v])));
  }

  assign(values: StateValues): void {
    const given = new Map(values);
    for (const [name, { shape, dtype }] of this.#variables())
      this.#replace(name, this.#tensor(shape, dtype, given.get(name)!));
  }

  read(): Map<string, Float32Array> {
    return new Map([...this.#state].map(([name, tensor]) => [name, Float32Array.from(tensor.dataSync<'float32'>())]));
  }

  tensorsAlive(): number {
    return nativeBackend().binding.getNumOfTensors();
  }

  close(): void {
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
  }
}
