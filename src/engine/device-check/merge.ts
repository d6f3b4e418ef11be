import type { DeviceResults, ListedOp } from './results.ts';

/** Equal for equal ops: name, attributes, shapes, types and constants. */
const toKey = ({ op, attributes, inputs, outputs }: ListedOp): string =>
  JSON.stringify([op, attributes, inputs, outputs]);

/** The listed ops that have no result yet. */
export function newOps(results: DeviceResults | undefined, listed: readonly ListedOp[]): ListedOp[] {
  const known = new Set(results?.ops.map(toKey));
  return listed.filter((op) => !known.has(toKey(op)));
}

/**
 * Adds the results of more networks on the same device.
 * @param more the results of the new ops among `listed`.
 * @param listed all ops of these networks.
 */
export function mergeResults(
  results: DeviceResults | undefined,
  more: DeviceResults,
  listed: readonly ListedOp[],
): DeviceResults {
  if (results === undefined) return more;
  const networks = new Map(listed.map((op) => [toKey(op), op.networks]));
  const ops = results.ops.map((op) => ({ ...op, networks: [...op.networks, ...(networks.get(toKey(op)) ?? [])] }));
  return {
    ...more,
    seconds: Number((results.seconds + more.seconds).toFixed(1)),
    ops: [...ops, ...more.ops],
    opResults: [...results.opResults, ...more.opResults],
    steps: [...results.steps, ...more.steps],
  };
}
