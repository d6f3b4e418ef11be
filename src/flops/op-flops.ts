import type { Kind, OpCost } from '../trace/ops/formulas.ts';
import { findOpRules } from '../trace/ops/registry.ts';
import type { RecordedOp } from '../trace/recording.ts';

/** The kind of a recorded op. Masks, input, update and loss are kinds by the op's part of the step, not by its name. */
function resolveKind(op: RecordedOp, kind: Kind): Kind {
  if (op.mask) return 'mask';
  if (op.direction === 'input' || op.direction === 'update' || op.direction === 'loss') return op.direction;
  return kind;
}

/**
 * The kind and the cost of one execution of a recorded op.
 * @throws TypeError naming the op and its layer if the op has no formula.
 */
export function countOpFlops(op: RecordedOp): OpCost & { readonly kind: Kind } {
  const rules = findOpRules(op.name);
  if (!rules)
    throw new TypeError(
      `no FLOP formula for the op ${op.name} of layer ${op.layer || '(none)'}: add one with registerOpFormula`,
    );
  return { kind: resolveKind(op, rules.kind), ...rules.cost(op) };
}
