import type { Formula } from '../../trace/ops/formulas.ts';
import { registerOp } from '../../trace/ops/registry.ts';
import type { Rule } from '../../trace/ops/shape-rules.ts';

/** How an op that doubletime does not know is counted and recorded. */
export interface OpFormula extends Formula {
  /** Infers shapes and types of the outputs; default: one output with the shape and type of the first input. */
  readonly outputs?: Rule;
}

const likeFirstInput: Rule = ({ name, inputs: [first] }) => {
  if (first === undefined) throw new TypeError(`${name} has no input: its formula needs \`outputs\``);
  return [{ shape: first.shape, dtype: first.dtype }];
};

/**
 * Registers a TensorFlow op: its kind, its multiply-accumulates (`macs`) and other floating point operations (`otherFlops`) per
 * execution, and the shapes of its outputs. See docs/counting.md for how operations are counted.
 * @throws TypeError if the op already has a different formula or shape rule.
 */
export function registerOpFormula(name: string, { kind, cost, outputs = likeFirstInput }: OpFormula): void {
  registerOp(name, { outputs, kind, cost });
}
