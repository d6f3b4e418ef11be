import { z } from 'zod';
import { table } from '../markdown.ts';

const share = z.object({ pct: z.number() });

/** The form of docs/benchmarks/coverage.json. */
export const coverageSchema = z.object({
  commit: z.string(),
  total: z.object({ lines: share, statements: share, functions: share, branches: share }),
});

/** How much of the code all tests execute. */
export function coverageText({ commit, total }: z.output<typeof coverageSchema>): string {
  const shares = [total.lines, total.statements, total.functions, total.branches];
  const row = [commit.slice(0, 7), ...shares.map(({ pct }) => `${pct.toFixed(1)} %`)];
  return table(['commit', '>lines', '>statements', '>functions', '>branches'], [row]);
}
