import type { TensorSpec } from '../nn/scope.ts';

/** Which parameters the weight decay leaves out, beside constants and statistics. */
export interface DecayingRoles {
  readonly biases: boolean;
  readonly norms: boolean;
}

/**
 * The key of the weight decay that may leave out the parameters of a role. Embeddings (tokens and positions) are added to the input of
 * a layer, so they count as biases. A layer scale has one factor per channel, so it counts as a norm.
 */
const KEYS: Readonly<Partial<Record<TensorSpec['role'], keyof DecayingRoles>>> = {
  bias: 'biases',
  embedding: 'biases',
  normScale: 'norms',
  normOffset: 'norms',
  layerScale: 'norms',
};

/** The key that leaves out the parameters of a role; undefined if they are not left out. */
export function leftOutBy(role: TensorSpec['role'], decaying: DecayingRoles): keyof DecayingRoles | undefined {
  const key = KEYS[role];
  return key !== undefined && !decaying[key] ? key : undefined;
}
