import { type Formula, registerOpFormula as registerFormula } from '../flops/formulas.ts';
import type { Rule } from '../trace/shape-rules.ts';
import { registerShapeRule } from '../trace/shapes.ts';

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
  registerFormula(name, { kind, cost });
  registerShapeRule(name, outputs);
}
