/**
 * Compares networks with PyTorch: `npm run parity -- FILE.json`. FILE.json has reference values in the format of
 * test/fixtures/parity.json. The last line is `N passed, N failed`; the exit code is 1 if a network failed.
 */
import { messageOf } from '../../src/base/errors.ts';
import type { Differences } from './compare.ts';
import type { Mode } from './compute.ts';
import { checkNetwork, type Outcome } from './network.ts';
import { readReferences } from './reference.ts';
import { runScript, usageError } from '../run-script.ts';

const NAMES: Readonly<Record<Mode, string>> = {
  eager: 'eager',
  graph: 'graph',
  own: "graph with doubletime's kernels",
  double: 'graph in float64',
};

const describe = (mode: string, d: Differences): string =>
  `${mode}: logits ${d.logits.toExponential(1)}, loss ${d.loss.toExponential(1)}, gradients ` +
  `${d.gradient.toExponential(1)} (median ${d.medianGradient.toExponential(1)})`;

function check(name: string, reference: Parameters<typeof checkNetwork>[1]): Outcome {
  try {
    return checkNetwork(name, reference);
  } catch (error) {
    return { problems: [messageOf(error)] };
  }
}

function main(files: readonly string[]): number {
  if (files.length === 0) throw usageError('no file is named: npm run parity -- FILE.json');
  let passed = 0;
  let failed = 0;
  for (const [name, reference] of files.flatMap((file) => Object.entries(readReferences(file)))) {
    const { problems, rounding = [], differences = {} } = check(name, reference);
    if (problems.length === 0) passed++;
    else failed++;
    const size = reference.input.slice(2).join(' x ');
    console.log(`${problems.length === 0 ? 'passed' : 'FAILED'} ${name} at ${size}`);
    for (const [mode, difference] of Object.entries(differences))
      console.log(`  ${describe(NAMES[mode as Mode], difference)}`);
    for (const line of rounding) console.log(`  rounding alone: ${line}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
  console.log(`${passed} passed, ${failed} failed`);
  return failed > 0 ? 1 : 0;
}

await runScript('parity', () => {
  process.exitCode = main(process.argv.slice(2));
});
