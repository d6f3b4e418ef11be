import type { StateTensor } from './engine.ts';

export interface NonFinite {
  /** Path of the layer, or of the tensor's layer where a weight is not finite. */
  readonly layer: string;
  /** The op whose output is not finite, or `weights`. */
  readonly op: string;
}

export const isFinite = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
};

/** The first weight or statistic of the network that holds NaN or an infinity; what training adds to them has a `/`. */
export function nonFiniteWeights(state: ReadonlyMap<string, Pick<StateTensor, 'values'>>): NonFinite | undefined {
  for (const [name, { values }] of state)
    if (!name.includes('/') && !isFinite(values)) return { layer: name.slice(0, name.lastIndexOf('.')), op: 'weights' };
  return undefined;
}
