import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { z } from 'zod';

const recordSchema = z.object({
  results: z.array(
    z.object({
      name: z.string(),
      months: z.number(),
      networkScatter: z.number(),
      trials: z.literal(1000),
      meanEstimateMonths: z.number(),
      covered: z.number(),
      coveredAtOneLevel: z.number(),
    }),
  ),
});

it('docs/trend.md shows the coverage of the committed record', () => {
  const record = recordSchema.parse(JSON.parse(readFileSync('docs/benchmarks/interval-coverage.json', 'utf8')));
  const docs = readFileSync('docs/trend.md', 'utf8').replaceAll(/ +/g, ' ');
  expect(record.results.length).toBeGreaterThan(3);
  for (const { name, months, networkScatter, meanEstimateMonths, covered, coveredAtOneLevel } of record.results) {
    const row = `| ${name} | ${networkScatter} | ${months} | ${meanEstimateMonths.toFixed(1)} | ${(100 * covered).toFixed(1)} % | ${(100 * coveredAtOneLevel).toFixed(1)} % |`;
    expect(docs).toContain(row);
  }
});
