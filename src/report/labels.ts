import type { Mark, Spec } from 'vega';

/** The style that marks a text layer whose labels keep out of each other's way. */
export const SPREAD = 'spread';

const isSpread = (mark: Mark): boolean =>
  mark.type === 'text' && [mark.style ?? []].flat().includes(SPREAD);

/**
 * Gives the text layers of style `spread` Vega's label placement, which Vega-Lite cannot say: each label goes to the
 * first free place around its point, and stays away where there is none.
 */
export function spreadLabels(spec: Spec): Spec {
  const marks = (spec.marks ?? []).map((mark) =>
    isSpread(mark)
      ? {
          ...mark,
          transform: [
            {
              type: 'label' as const,
              size: { signal: '[width, height]' },
              anchor: ['top-right', 'right', 'bottom-left', 'left', 'top', 'bottom'],
              offset: [5, 9, 5, 9, 8, 8],
              avoidBaseMark: true,
              sort: { field: 'datum.order' },
              padding: 4,
            },
          ],
        }
      : mark,
  );
  return { ...spec, marks } as Spec;
}
