import { SECONDS_PER_DAY } from '../../base/numbers/calendar.ts';
import { suggestion } from '../../base/text/nearest.ts';
import { TERAFLOP_SECOND_DAY } from '../../base/numbers/paper-compute.ts';

/** The SI prefixes. */
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

/** A unit in lower case, without spaces and plurals: `teraflop/s-day` for `TeraFLOPs/s-days`. */
const simplifyUnit = (text: string): string =>
  text.toLowerCase().replaceAll(/\s+/g, '').replaceAll(/flops/g, 'flop').replace(/days$/, 'day');

/** Why a unit is not an amount of FLOP, and what to write instead. */
function describeProblem(unit: string): string {
  if (/macs?$|multadds?$/.test(unit))
    return 'but a MAC is one FLOP for some authors and two for others: multiply by 1 or 2 and write flop';
  if (/(gpu|tpu|cpu|node|a100|v100|h100).*(hour|day|h|d)s?$/.test(unit))
    return 'but its FLOPs depend on the device and its utilization: compute the FLOPs and write flop';
  if (/flop\/s$|flop\/sec(ond)?$/.test(unit))
    return 'which is a speed, not an amount: multiply it by the seconds and write flop';
  return suggestion(unit, UNITS.keys()).startsWith('did') ? suggestion(unit, UNITS.keys()) : EXPECTED;
}

/** Converts an amount in one unit to teraflop/s-days (8.64e16 FLOP). */
export type Convert = (amount: number) => number;

/**
 * The conversion of a unit to teraflop/s-days, or the reason why the unit cannot be used. Only units with an exact conversion
 * can be used: FLOP and FLOP/s-days, with an SI prefix.
 */
export function findUnit(text: string): Convert | { readonly reason: string } {
  if (/FLOPS$/.test(text.trim()))
    return { reason: 'which is an amount or a speed (FLOP per second): write FLOP for an amount' };
  const flop = UNITS.get(simplifyUnit(text));
  if (flop === undefined) return { reason: describeProblem(simplifyUnit(text)) };
  // The larger unit is divided by the smaller one, so that the factor is exact for the units of the paper.
  return flop >= TERAFLOP_SECOND_DAY
    ? (amount) => amount * (flop / TERAFLOP_SECOND_DAY)
    : (amount) => amount / (TERAFLOP_SECOND_DAY / flop);
}
