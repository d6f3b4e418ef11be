import { collectGarbage } from '../runtime/collect-garbage.ts';
import { usesDeterministicOps } from '../runtime/environment.ts';
import { encodeSessionConfig, type SessionOptions } from '../runtime/session-options.ts';
import { type FeedValues, type SessionHandle, stepSessionAddon } from '../runtime/step-session.ts';
import { fuse } from './fuse/fuse.ts';
import { GraphBuilder, handleName } from './graph.ts';
import { type Placeholder, type Recording } from './recording.ts';

/**
 * The ops that stay outside of clusters. XLA has another random generator, which would give other dropout masks. With
 * TF_DETERMINISTIC_OPS, it refuses the gradient of max pooling ("not yet … deterministic").
 */
const opsOutsideXla = (): readonly string[] => [
  'StatelessRandomUniform',
  ...(usesDeterministicOps() ? ['MaxPoolGrad'] : []),
];

/** After this many bytes, values are assigned, and the memory of their arrays is freed: 64 MiB. */
const ASSIGNED_BYTES = 2 ** 26;

type Feeds = Readonly<Record<string, FeedValues>>;

/** A prepared call: its number in the native session, and the names of its feeds and fetches. */
interface Prepared {
  readonly number: number;
  readonly feeds: readonly string[];
  readonly fetches: readonly string[];
}

/** Runs recordings as one graph in a TensorFlow session, which keeps the variables between calls. */
export class GraphSession {
  readonly #native = stepSessionAddon();
  readonly #session: SessionHandle;
  readonly #recordings: ReadonlyMap<string, Recording>;
  readonly #variables: ReadonlyMap<string, Placeholder>;
  readonly #prepared = new Map<string, Prepared>();

  /** @throws Error with TensorFlow's message if the session cannot be opened. */
  constructor(recordings: ReadonlyMap<string, Recording>, options: SessionOptions = {}) {
    this.#recordings = recordings;
    this.#variables = new Map(
      [...recordings.values()].flatMap((recording) => recording.variables.map((v) => [v.name, v])),
    );
    const builder = new GraphBuilder(options.compile === undefined ? [] : opsOutsideXla());
    for (const [name, recording] of recordings) builder.addRecording(name, fuse(recording, options));
    this.#session = this.#native.open(builder.graphDef(), encodeSessionConfig(options));
  }

  /** Prepares a call of a recording that fetches all outputs, or none: then it only updates the variables. */
  #prepareCall(name: string, fetch: boolean): Prepared {
    return this.#prepareOnce(`${name} ${fetch ? 'fetch' : 'update'}`, () => {
      const recording = this.#recordings.get(name);
      if (!recording) throw new RangeError(`the recording ${name} does not exist`);
      const feeds = recording.feeds.map((feed) => feed.name);
      const outputs = [...recording.outputs.keys()];
      const nodes = outputs.map((output) => `${name}/${output}`);
      const inputs = feeds.map((feed) => `${name}/${feed}`);
      const number = this.#native.prepare(this.#session, inputs, fetch ? nodes : [], fetch ? [] : nodes);
      return { number, feeds, fetches: fetch ? outputs : [] };
    });
  }

  #prepareOnce(key: string, prepare: () => Prepared): Prepared {
    const prepared = this.#prepared.get(key) ?? prepare();
    this.#prepared.set(key, prepared);
    return prepared;
  }

  #orderFeeds(name: string, names: readonly string[], feeds: Feeds): FeedValues[] {
    return names.map((feed) => {
      const values = feeds[feed];
      if (!values) throw new RangeError(`recording ${name} needs the feed ${feed}`);
      return values;
    });
  }

  /**
   * Runs a recording with its feeds and updates its variables. Returns the outputs by name.
   * @throws RangeError if the recording does not exist or a feed is missing; Error with TensorFlow's message if the run fails.
   */
  call(name: string, feeds: Feeds): Map<string, FeedValues> {
    const prepared = this.#prepareCall(name, true);
    const results = this.#native.run(this.#session, prepared.number, this.#orderFeeds(name, prepared.feeds, feeds));
    return new Map(prepared.fetches.map((output, i) => [output, results[i]!]));
  }

  /**
   * Copies the feeds of a call, and returns a function that starts it on the session's own thread; call that function once. Calls
   * run in the order in which they were started. Without `fetch` no output is read: on a GPU the promise then resolves before the
   * step has been computed.
   */
  stage(name: string, feeds: Feeds, fetch = true): () => Promise<Map<string, FeedValues>> {
    const { number, feeds: names, fetches } = this.#prepareCall(name, fetch);
    const staged = this.#native.stage(this.#session, number, this.#orderFeeds(name, names, feeds));
    return async () => {
      const results = await this.#native.start(this.#session, staged);
      return new Map(fetches.map((output, i) => [output, results[i]!]));
    };
  }

  /**
   * Assigns a value, in TensorFlow's layout, to every variable. A call of TensorFlow assigns about `ASSIGNED_BYTES`, so that the values
   * of a large network are never all in memory twice.
   * @throws RangeError if a variable has no value.
   */
  assign(values: Iterable<readonly [name: string, values: Float32Array]>): void {
    const missing = new Set(this.#variables.keys());
    let group = new Map<string, Float32Array>();
    let bytes = 0;
    for (const [name, value] of values) {
      if (!missing.delete(name)) continue;
      group.set(name, value);
      bytes += value.byteLength;
      if (bytes < ASSIGNED_BYTES) continue;
      this.#assignGroup(group);
      group = new Map();
      bytes = 0;
      collectGarbage();
    }
    for (const name of missing) throw new RangeError(`no value for the variable ${name}`);
    if (group.size > 0) this.#assignGroup(group);
  }

  #assignGroup(group: ReadonlyMap<string, Float32Array>): void {
    const names = [...group.keys()];
    const { number } = this.#prepareOnce(`assign ${names.join()}`, () => ({
      number: this.#native.prepare(
        this.#session,
        names.map((name) => `${handleName(name)}/value`),
        [],
        names.map((name) => `${handleName(name)}/assign`),
      ),
      feeds: names,
      fetches: [],
    }));
    this.#native.run(this.#session, number, [...group.values()]);
  }

  /** The current values of all variables by name, in TensorFlow's layout. */
  read(): Map<string, Float32Array> {
    const names = [...this.#variables.keys()];
    const { number } = this.#prepareOnce('read', () => ({
      number: this.#native.prepare(
        this.#session,
        [],
        names.map((name) => `${handleName(name)}/read`),
        [],
      ),
      feeds: [],
      fetches: names,
    }));
    const values = this.#native.run(this.#session, number, []);
    return new Map(names.map((name, i) => [name, values[i] as Float32Array]));
  }

  close(): void {
    this.#native.close(this.#session);
  }
}
