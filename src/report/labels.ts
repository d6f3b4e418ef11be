import type { Mark, Spec } from 'vega';

/** The style of text layers with labels that must not overlap. */
export const SPREAD = 'spread';

const isSpread = (mark: Mark): boolean => mark.type === 'text' && [mark.style ?? []].flat().includes(SPREAD);

/** Positions of a label around its point, the best first. */
const ANCHORS = ['top-right', 'right', 'bottom-left', 'left', 'top', 'bottom', 'top-left', 'bottom-right'] as const;

/** Distances from the point in pixels: close to it or, if no close position is free, in one of three wider rings. */
const RINGS = [
  { beside: 9, above: 8, corner: 5 },
  { beside: 18, above: 20, corner: 15 },
  { beside: 30, above: 34, corner: 27 },
  { beside: 44, above: 50, corner: 40 },
] as const;

const labelOffset = (anchor: (typeof ANCHORS)[number], ring: (typeof RINGS)[number]): number =>
  anchor.includes('-') ? ring.corner : anchor === 'left' || anchor === 'right' ? ring.beside : ring.above;

const POSITIONS = RINGS.flatMap((ring) => ANCHORS.map((anchor) => ({ anchor, offset: labelOffset(anchor, ring) })));

const transform = {
  type: 'label' as const,
  size: { signal: '[width, height]' },
  anchor: POSITIONS.map(({ anchor }) => anchor),
  offset: POSITIONS.map(({ offset }) => offset),
  avoidBaseMark: true,
  sort: { field: 'datum.order' },
  padding: 4,
};

/**
 * Adds Vega's label placement to the text layers with the style `spread`; Vega-Lite has no syntax for it. Each label takes the
 * first position around its point where it overlaps no other label. Vega hides a label only if no position is free.
 */
export function spreadLabels(spec: Spec): Spec {
  const marks = (spec.marks ?? []).map((mark) => (isSpread(mark) ? { ...mark, transform: [transform] } : mark));
  return { ...spec, marks };
}
