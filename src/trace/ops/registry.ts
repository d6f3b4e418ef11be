import type { RecordedOp } from '../recording.ts';
import { KINDS, type OpCost } from './formulas.ts';
import type { Call, Inferred } from './shape-rules.ts';
import { type OpName, type OpRules, opTable } from './table.ts';

/** A registered op. The same formula may be registered several times, such as by two files that import a third one. */
interface Registered extends OpRules {
  /** Every formula of the op. Their texts are equal, but they may use variables with other values. */
  readonly costs: OpRules['cost'][];
}

const registered = new Map<string, Registered>();

const isKnown = (name: string): name is OpName => Object.hasOwn(opTable, name);

/** The rules of an op, from the table or by registration; undefined for any other op. */
export const findOpRules = (name: string): OpRules | undefined =>
  isKnown(name) ? opTable[name] : registered.get(name);

const isCount = (value: unknown): boolean => typeof value === 'number' && Number.isInteger(value) && value >= 0;

/** Whether a formula, which may be in JavaScript, returned a cost. */
function isCost(value: unknown): value is OpCost {
  const { macs, otherFlops } = (value ?? {}) as Partial<OpCost>;
  return isCount(macs) && isCount(otherFlops);
}

/** The cost by one formula. @throws TypeError if it has other numbers than whole ones of at least 0. */
function checkedCost(name: string, cost: OpRules['cost'], op: RecordedOp): OpCost {
  const counted: unknown = cost(op);
  if (isCost(counted)) return counted;
  throw new TypeError(
    `the FLOP formula of the op ${name} returned ${JSON.stringify(counted)}: expected macs and otherFlops, whole numbers of at least 0`,
  );
}

/** The cost by all formulas of an op. @throws TypeError if they differ. */
function agreedCost(name: string, costs: readonly OpRules['cost'][], op: RecordedOp): OpCost {
  const [first, ...others] = costs.map((cost) => checkedCost(name, cost, op)) as [OpCost, ...OpCost[]];
  const other = others.find(({ macs, otherFlops }) => macs !== first.macs || otherFlops !== first.otherFlops);
  if (other === undefined) return first;
  throw new TypeError(
    `the op ${name} has two FLOP formulas: they returned ${JSON.stringify(first)} and ${JSON.stringify(other)}; remove the second registration`,
  );
}

/**
 * Registers an op. The same rules may be registered again. Counting throws a TypeError if the formula returns other numbers than
 * whole ones of at least 0, or if a second formula with the same text returns another cost.
 * @throws TypeError if the op already has different rules, or if there is no such kind.
 */
export function registerOp(name: string, { outputs, kind, cost }: OpRules): void {
  const known = registered.get(name);
  const refuse = (rule: string): never => {
    throw new TypeError(`the op ${name} already has a ${rule}: remove the second registration`);
  };
  if (!KINDS.includes(kind))
    throw new TypeError(`the op ${name} has the kind ${JSON.stringify(kind)}, expected one of: ${KINDS.join(', ')}`);
  if (isKnown(name) || (known && String(known.costs[0]) !== String(cost))) refuse('FLOP formula');
  if (known && String(known.outputs) !== String(outputs)) refuse('shape rule');
  if (known && known.kind !== kind) refuse(`kind, ${known.kind}`);
  const costs = [...new Set([...(known?.costs ?? []), cost])];
  registered.set(name, { outputs, kind, costs, cost: (op) => agreedCost(name, costs, op) });
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
