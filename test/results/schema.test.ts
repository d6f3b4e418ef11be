import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { measurementJsonSchema } from '../../src/results/schema.ts';

it('results/schema.json is current; otherwise run `npx tsx scripts/generate/write-schemas.ts`', () => {
  const written = readFileSync(new URL('../../results/schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(written)).toEqual(measurementJsonSchema());
});
