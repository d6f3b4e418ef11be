import { readFileSync } from 'node:fs';
import type { z } from 'zod';
import { packageFile } from '../../../src/base/files/home.ts';

/** A file in docs/benchmarks. Keys that the schema does not name are left out. @throws ZodError if the file does not have its form. */
export const readBenchmark = <Schema extends z.ZodType>(name: string, schema: Schema): z.output<Schema> =>
  schema.parse(JSON.parse(readFileSync(packageFile(`docs/benchmarks/${name}.json`), 'utf8')));
