/** Yields the fields of one protobuf message: the field's number, and its value as a number or as bytes. */
function* readFields(bytes: Uint8Array): Generator<[field: number, value: number | Uint8Array]> {
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

/** All inner messages at a path of field numbers; repeated fields give several. */
function findMessages(bytes: Uint8Array, [field, ...rest]: readonly number[]): Uint8Array[] {
  if (field === undefined) return [bytes];
  return [...readFields(bytes)].flatMap(([number, value]) =>
    number === field && value instanceof Uint8Array ? findMessages(value, rest) : [],
  );
}

const readText = (bytes: Uint8Array, field: number): string =>
  Buffer.from(findMessages(bytes, [field])[0] ?? []).toString();

/** One execution of a node, with the microseconds of its kernel. */
export interface Executed {
  readonly node: string;
  /** The op that ran. TensorFlow's optimization of the graph may have changed it. */
  readonly op: string;
  readonly microseconds: number;
}

/**
 * The executions in a RunMetadata with FULL_TRACE (tensorflow/core/framework/step_stats.proto): step_stats 1, dev_stats 1,
 * node_stats 2; node_name 1, op_start_rel_micros 3, op_end_rel_micros 4, op_start_rel_nanos 14, op_end_rel_nanos 15. The ops are read from
 * the graphs that ran (partition_graphs 3, node 1: name 1, op 2).
 */
export function readTimeline(metadata: Uint8Array): Executed[] {
  const ops = new Map(findMessages(metadata, [3, 1]).map((node) => [readText(node, 1), readText(node, 2)]));
  return findMessages(metadata, [1, 1, 2]).map((stats) => {
    const numbers = new Map(
      [...readFields(stats)].filter((entry): entry is [number, number] => typeof entry[1] === 'number'),
    );
    const nanos = (numbers.get(15) ?? 0) - (numbers.get(14) ?? 0);
    const micros = (numbers.get(4) ?? 0) - (numbers.get(3) ?? 0);
    const node = readText(stats, 1);
    return { node, op: ops.get(node) ?? '?', microseconds: nanos > 0 ? nanos / 1000 : micros };
  });
}

/**
 * The milliseconds of a step beside the sum of its kernels' times; `inParallel`: several kernels may run at a time. Only a sum above the
 * time of the step shows that they did.
 */
export const describeTimes = (
  step: number,
  kernels: number,
  { steps, inParallel }: { steps: number; inParallel: boolean },
) =>
  `${step.toFixed(1)} ms per step (median of ${steps} without tracing); the kernels' times add up to ${kernels.toFixed(1)} ms` +
  `${inParallel && kernels > step ? ',\nbecause kernels run in parallel. ' : '.\n'}The time of an op is the median over the traced steps.`;
