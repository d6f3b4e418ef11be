import { configError, ExitCode, messageOf, UserError } from '../../base/errors.ts';
import type { Precision } from '../../base/precision.ts';

/** TensorFlow's message about an op without a kernel for the types of its inputs. */
const NO_KERNEL = /No OpKernel was registered to support Op '(\w+)'/;

/** TensorFlow's message if oneDNN's kernels are missing, which alone have gradients of grouped convolutions on a CPU. */
const NO_GROUPS = /Gradients for grouped convolutions are not supported on CPU/;

/** Converts TensorFlow's error about a missing kernel to one line that names the op. Returns any other error unchanged. */
export function explainMissingKernel(error: unknown, precision: Precision): unknown {
  const message = messageOf(error);
  if (NO_GROUPS.test(message) && !(error instanceof UserError))
    return new UserError(
      `TensorFlow has no kernel for the gradient of a grouped convolution without oneDNN: set mode to graph${
        process.arch === 'x64' ? ', or unset TF_ENABLE_ONEDNN_OPTS' : ''
      }`,
      ExitCode.unavailable,
      { cause: error },
    );
  const op = error instanceof UserError ? undefined : NO_KERNEL.exec(message)?.[1];
  if (op === undefined) return error;
  const fix =
    precision === 'bfloat16' && message.includes('DT_BFLOAT16')
      ? 'set recipe.precision to float32'
      : 'use another op, or another build of TensorFlow';
  return configError(
    `TensorFlow has no kernel for the op ${op} with these types and recipe.precision ${precision}: ${fix} [${message.slice(0, 300)}]`,
    error,
  );
}
