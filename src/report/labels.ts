import type { Mark, Spec } from 'vega';

/** The style that marks a text layer whose labels keep out of each other's way. */
export const SPREAD = 'spread';

const isSpread = (mark: Mark): boolean => mark.type === 'text' && [mark.style ?? []].flat().includes(SPREAD);

/** Where a label may stand around its point, the best place first. */
const AROUND = ['top-right', 'right', 'bottom-left', 'left', 'top', 'bottom', 'top-left', 'bottom-right'] as const;

/** Pixels from the point: close to it and, where no close place is free, in one of two wider rings. */
const RINGS = [
  { beside: 9, above: 8, corner: 5 },
  { beside: 18, above: 20, corner: 15 },
  { beside: 30, above: 34, corner: 27 },
] as const;

const offsetOf = (anchor: (typeof AROUND)[number], ring: (typeof RINGS)[number]): number =>
  anchor.includes('-') ? ring.corner : anchor === 'left' || anchor === 'right' ? ring.beside : ring.above;

const PLACES = RINGS.flatMap((ring) => AROUND.map((anchor) => ({ anchor, offset: offsetOf(anchor, ring) })));

const transform = {
  type: 'label' as const,
  size: { signal: '[width, height]' },
  anchor: PLACES.map(({ anchor }) => anchor),
  offset: PLACES.map(({ offset }) => offset),
  avoidBaseMark: true,
  sort: { field: 'datum.order' },
  padding: 4,
};

/**
 * Gives the text layers of style `spread` Vega's label placement, which Vega-Lite cannot say: each label goes to the first
 * free place around its point, clear of other labels, and stays away only where none is free.
 */
export function spreadLabels(spec: Spec): Spec {
  const marks = (spec.marks ?? []).map((mark) => (isSpread(mark) ? { ...mark, transform: [transform] } : mark));
  return { ...spec, marks };
}
