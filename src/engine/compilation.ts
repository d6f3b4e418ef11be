import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import { withStandardErrorCaptured } from '../runtime/standard-error.ts';

/**
 * TensorFlow's warning about a cluster that XLA cannot compile (xla_ops.cc). TensorFlow then runs the cluster op by op. The warning
 * has several lines; the first has the reason.
 */
const FALLBACK = /Compilation failed: ?([^\n]*?)\.*(?:\n[^]*?)?(?: +)Falling back to TF function call/;
/** Words that show that an error comes from XLA. */
const XLA = /XLA|ptxas|libdevice|_XlaCompile|_XlaRun|cluster_\d/;

const notCompiled = (reason: string, cause?: unknown): UserError =>
  new UserError(
    `recipe.compile is xla, but XLA cannot compile this step: ${reason.slice(0, 300)}; remove recipe.compile`,
    ExitCode.config,
    cause === undefined ? {} : { cause },
  );

/** The reason that TensorFlow printed for a cluster that was not compiled; undefined if all clusters were compiled. */
export const findFallback = (lines: readonly string[]): string | undefined => FALLBACK.exec(lines.join('\n'))?.[1];

/**
 * Runs the first call of a function, during which XLA compiles it.
 * @throws UserError exit code 78 if a part cannot be compiled. TensorFlow itself would only print a warning, and run that part op by
 * op.
 */
export function compiling<Result>(call: () => Result): Result {
  try {
    const { result, lines } = withStandardErrorCaptured(call);
    const fallback = findFallback(lines);
    if (fallback !== undefined) throw notCompiled(fallback);
    return result;
  } catch (error) {
    const message = messageOf(error);
    if (error instanceof UserError || !XLA.test(message)) throw error;
    throw notCompiled(message, error);
  }
}
