import type { RecordedOp } from '../recording.ts';
import type { OpCost } from './formulas.ts';
import type { Call, Inferred } from './shape-rules.ts';
import { type OpName, type OpRules, opTable } from './table.ts';

const registered = new Map<string, OpRules>();

const isKnown = (name: string): name is OpName => Object.hasOwn(opTable, name);

/** The rules of an op, from the table or by registration; undefined for any other op. */
export const findOpRules = (name: string): OpRules | undefined =>
  isKnown(name) ? opTable[name] : registered.get(name);

const isCount = (value: unknown): boolean => typeof value === 'number' && value >= 0 && Number.isFinite(value);

/**
 * Registers an op. The same rules may be registered again. Counting throws a TypeError if the formula returns a negative or
 * non-finite number.
 * @throws TypeError if the op already has different rules.
 */
export function registerOp(name: string, { outputs, kind, cost }: OpRules): void {
  const known = registered.get(name);
  const refuse = (rule: string): never => {
    throw new TypeError(`the op ${name} already has a ${rule}: remove the second registration`);
  };
  if (isKnown(name) || (known && String(known.cost) !== String(cost))) refuse('FLOP formula');
  if (known && String(known.outputs) !== String(outputs)) refuse('shape rule');
  const checked = (op: RecordedOp): OpCost => {
    const counted = cost(op);
    if (isCount(counted.macs) && isCount(counted.otherFlops)) return counted;
    throw new TypeError(
      `the FLOP formula of the op ${name} returned ${JSON.stringify(counted)}: expected finite macs and otherFlops of at least 0`,
    );
  };
  // Two registrations are compared by this text.
  checked.toString = () => String(cost);
  registered.set(name, { outputs, kind, cost: checked });
}

/**
 * Infers the shapes and types of an op's outputs from its inputs, without executing it.
 * @throws TypeError naming the op if it has no rule; RangeError if its inputs' shapes do not fit together.
 */
export function inferOutputs(call: Call): Inferred[] {
  const rules = findOpRules(call.name);
  if (!rules) throw new TypeError(`no shape rule for the op ${call.name}: add one with registerOpFormula`);
  return rules.outputs(call);
}
