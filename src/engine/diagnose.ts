import { currentAnnotation } from '../nn/annotation.ts';
import { nativeBackend } from '../runtime/tensorflow.ts';
import { DataType } from '../runtime/types.ts';
import { withReplaced } from '../trace/stand-in.ts';
import { allFinite, type NonFinite } from './non-finite.ts';

/** Runs `step` op by op and returns the first op with a non-finite output, if any. It reads every output, so it is slow. */
export function firstNonFinite(step: () => void): NonFinite | undefined {
  const backend = nativeBackend();
  const native = backend.binding;
  let found: NonFinite | undefined;
  backend.binding = withReplaced(native, {
    executeOp: (name, attributes, inputs, outputs) => {
      const results = native.executeOp(name, attributes, inputs, outputs);
      const isNonFinite = results.some(
        ({ id, dtype }) => dtype === DataType.float && !allFinite(native.tensorDataSync(id) as Float32Array),
      );
      if (isNonFinite) found ??= { layer: currentAnnotation().layer, op: name };
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
