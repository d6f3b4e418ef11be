import { expect, it, onTestFinished } from 'vitest';
import { doubletime } from '../../support/cli.ts';
import { writeSmallSweep } from '../../support/small-sweep.ts';
import { temporaryFolder } from '../../support/training.ts';

it('plan says in the same words in text and beside JSON why a price gives no cost', () => {
  const folder = temporaryFolder();
  onTestFinished(() => {
    folder.remove();
  });
  const file = writeSmallSweep(folder.at('.'), 1, ['one', 'two']);
  const plan = (...options: string[]) => doubletime(['plan', file, ...options]);
  const known = (stdout: string) =>
    (JSON.parse(stdout) as { runs: { cost: number | null }[] }).runs.map(({ cost }) => cost !== null);
  const why = /the time and so the cost of 2 of 2 runs are unknown: add --measure [^\n]*/i;
  const without = plan('--json', '--price', '2');
  expect([without.status, known(without.stdout)]).toEqual([0, [false, false]]);
  expect(without.stderr).toMatch(/^doubletime: [^\n]*\n$/);
  const [reason] = why.exec(without.stderr)!;
  expect(why.exec(plan().stdout)?.[0].toLowerCase()).toBe(`${reason}.`.toLowerCase());
  const withSpeed = plan('--json', '--price', '2', '--flop-per-second', '1e12');
  expect([withSpeed.stderr, known(withSpeed.stdout)]).toEqual(['', [true, true]]);
});
