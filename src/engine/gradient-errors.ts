import { configError, messageOf } from '../base/errors.ts';

/** The messages of tfjs about a gradient that does not fit its op, and what they mean for the author of a network. */
const EXPLANATIONS: readonly (readonly [message: RegExp, explain: (...groups: string[]) => string])[] = [
  [
    /^Error in gradient for op doubletime\/(\S+)\. The gradient of input '(.*)' has shape '(.*)', which does not match the shape of the input '(.*)'/,
    (op, input, actual, expected) =>
      `the op ${op}: the gradient of its input ${input} has the shape [${actual}], expected [${expected}]: correct \`gradient\` in ` +
      'its definition; a network must also build the same layers in every pass',
  ],
  [
    /^Cannot backprop through input (\S+)\./,
    (input) => `an op has no gradient of its input ${input}: add it to \`gradient\` in its definition`,
  ],
];

/** Turns tfjs's errors about the gradient of a network's own op into config errors. */
export function withExplainedGradients<T>(differentiate: () => T): T {
  try {
    return differentiate();
  } catch (error) {
    for (const [pattern, explain] of EXPLANATIONS) {
      const found = pattern.exec(messageOf(error));
      if (found) throw configError(explain(...found.slice(1)), error);
    }
    throw error;
  }
}
