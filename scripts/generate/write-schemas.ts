// Writes the JSON Schemas that editors and other programs use to check configs and measurements: configs/schema/*.json and
// results/schema.json. Run it with: npx tsx scripts/generate/write-schemas.ts
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { schemaFiles } from '../../src/config/json-schema.ts';
import { measurementJsonSchema } from '../../src/results/schema.ts';
import { executorOptions } from '../../src/sweep/executors/options.ts';

const write = (path: string, text: string): void => {
  writeFileAtomic(fileURLToPath(new URL(`../../${path}`, import.meta.url)), text);
};

for (const [name, text] of schemaFiles(executorOptions())) write(`configs/schema/${name}`, text);
write('results/schema.json', `${JSON.stringify(measurementJsonSchema(), null, 2)}\n`);
