import { currentAnnotation } from '../nn/annotation.ts';
import { nativeBackend } from '../runtime/tensorflow.ts';
import { DataType } from '../runtime/types.ts';
import { withReplaced } from '../trace/stand-in.ts';

export interface NonFinite {
  /** Path of the layer, or of the tensor's layer where a weight is not finite. */
  readonly layer: string;
  /** The op whose output is not finite, or `weights`. */
  readonly op: string;
}

const isFinite = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
};

/** The first weight or statistic that holds NaN or an infinity. */
export function nonFiniteWeights(state: ReadonlyMap<string, Float32Array>): NonFinite | undefined {
  for (const [name, values] of state)
    if (!isFinite(values)) return { layer: name.slice(0, name.lastIndexOf('.')), op: 'weights' };
  return undefined;
}

/** Runs `step` op by op and tells the first op whose output is not finite; every output is read, so it is slow. */
export function firstNonFinite(step: () => void): NonFinite | undefined {
  const backend = nativeBackend();
  const native = backend.binding;
  let found: NonFinite | undefined;
  backend.binding = withReplaced(native, {
    executeOp: (name, attributes, inputs, outputs) => {
      const results = native.executeOp(name, attributes, inputs, outputs);
      const bad = results.some(
        ({ id, dtype }) =>
          dtype === DataType.float && !isFinite(native.tensorDataSync(id) as Float32Array),
      );
      if (bad) found ??= { layer: currentAnnotation().layer, op: name };
      return results;
    },
  });
  try {
    step();
  } finally {
    backend.binding = native;
  }
  return found;
}
