import type { DeviceResults, ListedOp } from './results.ts';

/** What makes two ops the same: name, attributes, shapes, types and constants. */
const keyOf = ({ op, attributes, inputs, outputs }: ListedOp): string =>
  JSON.stringify([op, attributes, inputs, outputs]);

/** The listed ops that are not among the results yet. */
export function newOps(results: DeviceResults | undefined, listed: readonly ListedOp[]): ListedOp[] {
  const known = new Set(results?.ops.map(keyOf));
  return listed.filter((op) => !known.has(keyOf(op)));
}

/**
 * Adds the results of further networks, of the same device.
 * @param listed all ops of the further networks; `more` has executed those that were new.
 */
export function mergeResults(
  results: DeviceResults | undefined,
  more: DeviceResults,
  listed: readonly ListedOp[],
): DeviceResults {
  if (results === undefined) return more;
  const networks = new Map(listed.map((op) => [keyOf(op), op.networks]));
  const ops = results.ops.map((op) => ({ ...op, networks: [...op.networks, ...(networks.get(keyOf(op)) ?? [])] }));
  return {
    ...more,
    seconds: Number((results.seconds + more.seconds).toFixed(1)),
    ops: [...ops, ...more.ops],
    opResults: [...results.opResults, ...more.opResults],
    steps: [...results.steps, ...more.steps],
  };
}
