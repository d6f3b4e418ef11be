/** A tolerance in epochs: what is due after a number of epochs is not delayed by a step because that number is rounded. */
export const EPOCH_TOLERANCE = 1e-9;
