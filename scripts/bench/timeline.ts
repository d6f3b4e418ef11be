/** The fields of one protobuf message: number, and value as a number or as bytes. */
function* fieldsOf(bytes: Uint8Array): Generator<[field: number, value: number | Uint8Array]> {
  let at = 0;
  const integer = (): number => {
    let [value, scale] = [0, 1];
    for (;;) {
      const byte = bytes[at++] ?? 0;
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
  };
  while (at < bytes.length) {
    const key = integer();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) yield [field, integer()];
    else if (wire === 2) {
      const length = integer();
      yield [field, bytes.subarray(at, at + length)];
      at += length;
    } else at += wire === 1 ? 8 : 4;
  }
}

/** Every sub-message `path` below a message, for repeated fields too. */
function messagesAt(bytes: Uint8Array, [field, ...rest]: readonly number[]): Uint8Array[] {
  if (field === undefined) return [bytes];
  return [...fieldsOf(bytes)].flatMap(([number, value]) =>
    number === field && value instanceof Uint8Array ? messagesAt(value, rest) : [],
  );
}

const textAt = (bytes: Uint8Array, field: number): string =>
  Buffer.from(messagesAt(bytes, [field])[0] ?? []).toString();

/** One execution of a node: microseconds in its kernel. */
export interface Executed {
  readonly node: string;
  /** The op that ran, as TensorFlow's rewriting of the graph left it. */
  readonly op: string;
  readonly microseconds: number;
}

/**
 * The executions in a RunMetadata with FULL_TRACE (tensorflow/core/framework/step_stats.proto): step_stats 1, dev_stats 1,
 * node_stats 2; node_name 1, op_start_rel_micros 3, op_end_rel_micros 4, op_start_rel_nanos 14, op_end_rel_nanos 15. The ops are read from
 * the graphs that ran (partition_graphs 3, node 1: name 1, op 2).
 */
export function readTimeline(metadata: Uint8Array): Executed[] {
  const ops = new Map(messagesAt(metadata, [3, 1]).map((node) => [textAt(node, 1), textAt(node, 2)]));
  return messagesAt(metadata, [1, 1, 2]).map((stats) => {
    const numbers = new Map(
      [...fieldsOf(stats)].filter((entry): entry is [number, number] => typeof entry[1] === 'number'),
    );
    const nanos = (numbers.get(15) ?? 0) - (numbers.get(14) ?? 0);
    const micros = (numbers.get(4) ?? 0) - (numbers.get(3) ?? 0);
    const node = textAt(stats, 1);
    return { node, op: ops.get(node) ?? '?', microseconds: nanos > 0 ? nanos / 1000 : micros };
  });
}
