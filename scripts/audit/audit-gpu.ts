// `npm run audit:gpu [-- --json] [-- --write FILE]`: checks that TensorFlow has a GPU kernel for every op of every recorded
// step. It needs no GPU, and does not check the speed or the accuracy of kernels. The exit code is 1 if a kernel is missing.
import { networks } from '../../models/registry.ts';
import { ExitCode } from '../../src/base/errors.ts';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { deviceOnGpu } from './find-kernel.ts';
import { registeredKernels, tensorFlowPython } from './tensorflow-python.ts';
import { usedOps } from './used-ops.ts';
import { readOptions, runScript } from '../run-script.ts';

const print = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function audit(file: string | undefined) {
  const python = tensorFlowPython(print);
  const used = usedOps(networks, print);
  const registered = registeredKernels(python, [...new Set(used.map(({ op }) => op))]);
  if (file !== undefined) writeFileAtomic(file, `${JSON.stringify(registered)}\n`);
  return used.map(({ op, types, steps }) => ({
    op,
    types,
    steps: [...steps],
    kernel: deviceOnGpu(registered[op]!, types) ?? null,
  }));
}

type Row = ReturnType<typeof audit>[number];

function formatRows(rows: readonly Row[]): string {
  const cells = rows.map(({ op, types, steps, kernel }) => [
    op,
    Object.entries(types)
      .map(([name, type]) => `${name}=${type}`)
      .join(' '),
    kernel ?? 'MISSING',
    kernel === null ? `${steps.slice(0, 3).join(', ')}, ...` : String(steps.length),
  ]);
  const table = [['op', 'types', 'kernel', 'steps'], ...cells];
  const widths = [0, 1, 2].map((column) => Math.max(...table.map((row) => row[column]!.length)));
  return table
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

await runScript('audit:gpu', () => {
  const { values } = readOptions('audit:gpu', { options: { json: { type: 'boolean' }, write: { type: 'string' } } });
  const rows = audit(values.write);
  const missing = rows.filter(({ kernel }) => kernel === null).length;
  const verdict = `${rows.length - missing} of ${rows.length} ops have a kernel for GPUs`;
  process.stdout.write(values.json ? `${JSON.stringify(rows, null, 2)}\n` : `${formatRows(rows)}\n${verdict}\n`);
  process.exitCode = missing > 0 ? ExitCode.failed : 0;
});
