/**
 * The number formats in which a step can be computed:
 * `float32`; `tf32`, float32 with products that an NVIDIA GPU rounds to 10 bits; `bfloat16`, mixed precision (docs/training.md).
 */
export const PRECISIONS = ['float32', 'tf32', 'bfloat16'] as const;
export type Precision = (typeof PRECISIONS)[number];

/** Multiply-accumulates by the number format of their factors; a format without any is missing. */
export type MacsByPrecision = Readonly<Partial<Record<Precision, number>>>;
