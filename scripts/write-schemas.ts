// Writes configs/schema/*.json, by which editors complete and check the YAML files: npx tsx scripts/write-schemas.ts
import { writeFileSync } from 'node:fs';
import { schemaFiles } from '../src/config/json-schema.ts';
import { executorOptions } from '../src/sweep/executors/options.ts';

for (const [name, text] of schemaFiles(executorOptions()))
  writeFileSync(new URL(`../configs/schema/${name}`, import.meta.url), text);
