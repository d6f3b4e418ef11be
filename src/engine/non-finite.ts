import type { StateTensor } from './engine.ts';

/** The place of a non-finite number. */
export interface NonFinite {
  /** Path of the layer. */
  readonly layer: string;
  /** The op with the non-finite output, or `weights`. */
  readonly op: string;
}

/** Whether no value is NaN or infinite. */
export const allFinite = (values: ArrayLike<number>): boolean => {
  for (let i = 0; i < values.length; i++) if (!Number.isFinite(values[i])) return false;
  return true;
};

/** The layer of the first weight or statistic of the network that is NaN or infinite. Names with a `/` are training state. */
export function nonFiniteWeights(state: ReadonlyMap<string, Pick<StateTensor, 'values'>>): NonFinite | undefined {
  for (const [name, { values }] of state)
    if (!name.includes('/') && !allFinite(values))
      return { layer: name.slice(0, name.lastIndexOf('.')), op: 'weights' };
  return undefined;
}
