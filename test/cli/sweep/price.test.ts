import { expect, it, onTestFinished } from 'vitest';
import { doubletime } from '../../support/cli.ts';
import { writeSmallSweep } from '../../support/small-sweep.ts';
import { temporaryFolder } from '../../support/training.ts';

it('plan --json says on the standard error why a price gives no cost', () => {
  const folder = temporaryFolder();
  onTestFinished(() => {
    folder.remove();
  });
  const file = writeSmallSweep(folder.at('.'), 1, ['one', 'two']);
  const plan = (...options: string[]) => {
    const { status, stdout, stderr } = doubletime(['plan', file, '--json', ...options]);
    const { runs } = JSON.parse(stdout) as { runs: { cost: number | null }[] };
    return { status, stderr, known: runs.map(({ cost }) => cost !== null) };
  };
  expect(plan('--price', '2')).toEqual({
    status: 0,
    stderr: expect.stringMatching(
      /^doubletime: the cost of 2 of 2 runs is null, because their time is unknown: add --measure [^\n]*\n$/,
    ) as string,
    known: [false, false],
  });
  expect(plan('--price', '2', '--flop-per-second', '1e12')).toEqual({ status: 0, stderr: '', known: [true, true] });
});
