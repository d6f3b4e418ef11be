import { expect, it } from 'vitest';
import { findUnit } from '../../../src/trend/points/units.ts';

function convert(unit: string, amount: number): number {
  const found = findUnit(unit);
  if (typeof found !== 'function') throw new Error(found.reason);
  return found(amount);
}

it.each<[string, number, number]>([
  ['flop', 8.64e16, 1],
  ['FLOPs', 8.64e16, 1],
  ['GFLOP', 8.64e7, 1],
  ['teraflop', 86_400, 1],
  ['petaFLOP', 86.4, 1],
  ['exaflops', 1, 1e18 / 8.64e16],
  ['teraflop/s-days', 3.1, 3.1],
  ['teraflops-s/days', 0.069, 0.069],
  ['TFLOP/s-day', 0.1, 0.1],
  ['petaflop/s-days', 3.1, 3100],
  ['pfs-days', 1.86, 1860],
  ['petaflop / s-days', 2, 2000],
])('of unit %s converts %f to %f teraflop/s-days', (unit, amount, expected) => {
  expect(convert(unit, amount)).toBe(expected);
});

it.each<[string, RegExp]>([
  ['GPU-hours', /depend on the device/],
  ['TPU days', /depend on the device/],
  ['MACs', /one FLOP for some authors and two for others/],
  ['PFLOP/s', /a speed, not an amount/],
  ['TFLOPS', /an amount or a speed/],
  ['FLOPS', /an amount or a speed/],
  ['petaflob', /did you mean "petaflop"/],
  ['apples', /expected flop, teraflop/],
])('refuses the unit %s with the reason', (unit, reason) => {
  const found = findUnit(unit);
  expect(typeof found === 'function' ? '' : found.reason).toMatch(reason);
});
