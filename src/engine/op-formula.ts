import { type Formula, registerOpFormula as registerFormula } from '../flops/formulas.ts';
import { registerShapeRule, type Rule } from '../trace/shapes.ts';

/** How an op that doubletime does not know is counted and traced. */
export interface OpFormula extends Formula {
  /** Shapes and types of its outputs; one output like the first input where left out. */
  readonly outputs?: Rule;
}

const likeFirstInput: Rule = ({ name, inputs: [first] }) => {
  if (first === undefined) throw new TypeError(`${name} has no input: its formula needs \`outputs\``);
  return [{ shape: first.shape, dtype: first.dtype }];
};

/**
 * Teaches doubletime a TensorFlow op: what it is for, its multiply-accumulates (`macs`) and other floating point operations
 * (`otherFlops`) per execution, and the shapes of its outputs. docs/counting.md says how operations are counted.
 * @throws TypeError where the op is known already.
 */
export function registerOpFormula(name: string, { kind, cost, outputs = likeFirstInput }: OpFormula): void {
  registerFormula(name, { kind, cost });
  registerShapeRule(name, outputs);
}
