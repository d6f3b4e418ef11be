// Writes the totals of the last `npm run coverage` to docs/benchmarks/coverage.json: npx tsx scripts/generate/write-coverage.ts
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { packageFile } from '../../src/base/files/home.ts';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { currentCommit } from '../../src/train/accounting/environment.ts';

const share = z.object({ total: z.number(), covered: z.number(), pct: z.number() });
const summarySchema = z.object({
  total: z.object({ lines: share, statements: share, functions: share, branches: share }),
});

const { total } = summarySchema.parse(JSON.parse(readFileSync(packageFile('coverage/coverage-summary.json'), 'utf8')));
const coverage = { command: 'npm run coverage', commit: currentCommit(), total };
writeFileAtomic(packageFile('docs/benchmarks/coverage.json'), `${JSON.stringify(coverage, null, 2)}\n`);
