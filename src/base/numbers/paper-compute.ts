/** FLOP in a teraflop/s-day: 1e12 operations per second for one day. */
export const TERAFLOP_SECOND_DAY = 8.64e16;

/**
 * Training compute of one image as Hernandez & Brown 2020 report it (appendix B): 3 x forward MACs, a MAC counted as
 * one FLOP.
 */
export const paperFlops = (forwardMacs: number): number => 3 * forwardMacs;

/** Training compute of `examples` images as the paper counts it, in teraflop/s-days. */
export const paperTeraflopSecondDays = (forwardMacsPerExample: number, examples: number): number =>
  (paperFlops(forwardMacsPerExample) * examples) / TERAFLOP_SECOND_DAY;
