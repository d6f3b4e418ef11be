import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { measurementJsonSchema } from '../../src/results/schema.ts';

it('results/schema.json is what the code checks by (else: npx tsx scripts/generate/write-schemas.ts)', () => {
  const written = readFileSync(new URL('../../results/schema.json', import.meta.url), 'utf8');
  expect(JSON.parse(written)).toEqual(measurementJsonSchema());
});
