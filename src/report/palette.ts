/** A colour on white paper and on the dark page. */
export interface Colour {
  readonly light: string;
  readonly dark: string;
}

/**
 * The two backgrounds of the page. All colours below have a contrast of at least 3 with their background (WCAG 2.2, 1.4.11).
 */
export const paper: Colour = { light: '#ffffff', dark: '#14181d' };

/**
 * Okabe & Ito's colours (jfly.uni-koeln.de/color), which colour-blind readers can tell apart, darkened for white paper
 * and lightened for the dark page until they reach that contrast.
 */
export const colours = {
  blue: { light: '#0067a3', dark: '#56b4e9' },
  vermilion: { light: '#d55e00', dark: '#ff8a3d' },
  green: { light: '#009068', dark: '#2fcfa0' },
  purple: { light: '#c0689d', dark: '#e7a3cd' },
  ochre: { light: '#6b5200', dark: '#f0e442' },
  black: { light: '#24292f', dark: '#e6edf3' },
  grey: { light: '#868e96', dark: '#7d8590' },
} as const satisfies Record<string, Colour>;

const seriesColours = [
  colours.blue,
  colours.vermilion,
  colours.green,
  colours.purple,
  colours.ochre,
  colours.black,
] as const;

/** Dash patterns for series that share a colour. */
const dashes = [[], [6, 3], [2, 2], [8, 2, 2, 2]] as const;

/** Colour and dash of a series: six plain colours, then the same colours with each dash pattern; repeats after 24 series. */
export function seriesStyle(index: number): { colour: Colour; dash: readonly number[] } {
  const row = Math.floor(index / seriesColours.length) % dashes.length;
  return { colour: seriesColours[index % seriesColours.length]!, dash: dashes[row]! };
}

/** CSS that replaces the light colours in drawn charts with the dark colours. */
export function darkRules(): string {
  return Object.values(colours)
    .map(
      ({ light, dark }) =>
        `.drawing [fill="${light}"], .swatch [fill="${light}"] { fill: ${dark}; }\n` +
        `.drawing [stroke="${light}"], .swatch [stroke="${light}"] { stroke: ${dark}; }`,
    )
    .join('\n');
}
