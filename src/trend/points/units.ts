import { suggestion } from '../../base/nearest.ts';
import { TERAFLOP_SECOND_DAY } from '../../base/paper-compute.ts';

const PREFIXES: readonly (readonly [word: string, letter: string, factor: number])[] = [
  ['', '', 1],
  ['kilo', 'k', 1e3],
  ['mega', 'm', 1e6],
  ['giga', 'g', 1e9],
  ['tera', 't', 1e12],
  ['peta', 'p', 1e15],
  ['exa', 'e', 1e18],
  ['zetta', 'z', 1e21],
  ['yotta', 'y', 1e24],
];

const SECONDS_PER_DAY = 86_400;

/** FLOP per unit, by the unit's name in lower case without spaces and without a plural s. */
const UNITS: ReadonlyMap<string, number> = new Map(
  PREFIXES.flatMap(([word, letter, factor]): [string, number][] => {
    const names = [...new Set([`${word}flop`, `${letter}flop`])];
    const perDay = factor * SECONDS_PER_DAY;
    return [
      ...names.map((name): [string, number] => [name, factor]),
      ...names.map((name): [string, number] => [`${name}/s-day`, perDay]),
      // The public tracker writes teraflops-s/days; papers write pfs-days.
      ...names.map((name): [string, number] => [`${name}-s/day`, perDay]),
      ...(letter === '' ? [] : ([[`${letter}fs-day`, perDay]] as [string, number][])),
    ];
  }),
);

const EXPECTED = 'expected flop, teraflop, petaflop, teraflop/s-days or petaflop/s-days';

/** `TeraFLOPs/s-days` as `teraflop/s-day`. */
const simplified = (text: string): string =>
  text.toLowerCase().replaceAll(/\s+/g, '').replaceAll(/flops/g, 'flop').replace(/days$/, 'day');

/** Why a unit that people use is not an amount of FLOP. */
function reasonAgainst(unit: string): string {
  if (/macs?$|multadds?$/.test(unit))
    return 'a MAC is one FLOP for some authors and two for others: multiply by 1 or 2 and write flop';
  if (/(gpu|tpu|cpu|node|a100|v100|h100).*(hour|day|h|d)s?$/.test(unit))
    return 'the FLOPs of such an hour or day depend on the device and on its utilization: multiply both out and write flop';
  if (/flop\/s$|flop\/sec(ond)?$/.test(unit))
    return 'that is a speed, not an amount: multiply by the seconds and write flop';
  return suggestion(unit, UNITS.keys()).startsWith('did') ? suggestion(unit, UNITS.keys()) : EXPECTED;
}

/** Converts an amount in one unit to teraflop/s-days (8.64e16 FLOP). */
export type Convert = (amount: number) => number;

/**
 * The conversion of a unit to teraflop/s-days; only units that convert exactly have one: FLOP with an SI prefix, and
 * FLOP/s for a day. In place of a conversion, the reason why the unit cannot be used.
 */
export function findUnit(text: string): Convert | { readonly reason: string } {
  const flop = UNITS.get(simplified(text));
  if (flop === undefined) return { reason: reasonAgainst(simplified(text)) };
  // Both ways are exact for the units of the paper: no factor is rounded that need not be.
  return flop >= TERAFLOP_SECOND_DAY
    ? (amount) => amount * (flop / TERAFLOP_SECOND_DAY)
    : (amount) => amount / (TERAFLOP_SECOND_DAY / flop);
}
