import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withTemporaryFolder } from '../base/temporary-folder.ts';
import type { NativeBinding, NativeValues } from '../runtime/binding.ts';
import { nativeBackend } from '../runtime/tensorflow.ts';
import { fuse } from './fuse/fuse.ts';
import { ASSIGN_ALL, GraphBuilder, handleName } from './graph.ts';
import { type Placeholder, type Recording } from './recording.ts';

type Values = Float32Array | Int32Array | Uint8Array;

/** Runs recordings as one graph in a TensorFlow session, which keeps the variables between calls. */
export class GraphSession {
  readonly #native: NativeBinding;
  readonly #session: number;
  readonly #recordings: ReadonlyMap<string, Recording>;
  readonly #variables: ReadonlyMap<string, Placeholder>;

  constructor(recordings: ReadonlyMap<string, Recording>) {
    this.#native = nativeBackend().binding;
    this.#recordings = recordings;
    this.#variables = new Map(
      [...recordings.values()].flatMap((recording) => recording.variables.map((v) => [v.name, v])),
    );
    const builder = new GraphBuilder();
    for (const [name, recording] of recordings) builder.addRecording(name, fuse(recording));
    this.#session = this.#load(builder.savedModel());
  }

  #load(savedModel: Uint8Array): number {
    return withTemporaryFolder('doubletime-graph-', (folder) => {
      writeFileSync(join(folder, 'saved_model.pb'), savedModel);
      return this.#native.loadSavedModel(folder, 'serve');
    });
  }

  #run(feeds: readonly [name: string, value: Placeholder, values: Values][], fetches: string[]) {
    const ids = feeds.map(([, { shape, dtype }, values]) => this.#native.createTensor(shape, dtype, values));
    try {
      const names = feeds.map(([name]) => `${name}:0`).join();
      const outputs = this.#native.runSavedModel(this.#session, ids, names, fetches.join());
      return outputs.map(({ id }) => {
        const values = this.#native.tensorDataSync(id);
        this.#native.deleteTensor(id);
        return values;
      });
    } finally {
      for (const id of ids) this.#native.deleteTensor(id);
    }
  }

  /** Runs a recording with its feeds and updates its variables. Returns the outputs by name. */
  call(name: string, feeds: Readonly<Record<string, Values>>): Map<string, NativeValues> {
    const recording = this.#recordings.get(name);
    if (!recording) throw new RangeError(`there is no recording named ${name}`);
    const given = recording.feeds.map((feed): [string, Placeholder, Values] => {
      const values = feeds[feed.name];
      if (!values) throw new RangeError(`recording ${name} needs the feed ${feed.name}`);
      return [`${name}/${feed.name}`, feed, values];
    });
    const outputs = [...recording.outputs.keys()];
    const results = this.#run(
      given,
      outputs.map((output) => `${name}/${output}:0`),
    );
    return new Map(outputs.map((output, i) => [output, results[i]!]));
  }

  /** Assigns a value to every variable, in TensorFlow's layout. */
  assign(values: ReadonlyMap<string, Float32Array>): void {
    const feeds = [...this.#variables].map(([name, variable]): [string, Placeholder, Values] => {
      const given = values.get(name);
      if (!given) throw new RangeError(`no value for the variable ${name}`);
      return [`${handleName(name)}/value`, variable, given];
    });
    if (feeds.length > 0) this.#run(feeds, [`${ASSIGN_ALL}:0`]);
  }

  /** The current values of all variables. */
  read(): Map<string, Float32Array> {
    const names = [...this.#variables.keys()];
    const values = this.#run(
      [],
      names.map((name) => `${handleName(name)}/read:0`),
    );
    return new Map(names.map((name, i) => [name, values[i] as Float32Array]));
  }

  close(): void {
    this.#native.deleteSavedModel(this.#session);
  }
}
