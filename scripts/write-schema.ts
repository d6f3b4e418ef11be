import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../src/base/files.ts';
import { measurementJsonSchema } from '../src/results/schema.ts';

// Writes results/schema.json, for editors and other programs that read measurements: npx tsx scripts/write-schema.ts
writeFileAtomic(
  fileURLToPath(new URL('../results/schema.json', import.meta.url)),
  `${JSON.stringify(measurementJsonSchema(), null, 2)}\n`,
);
