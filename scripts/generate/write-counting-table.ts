// Writes the counted columns of the table in docs/counting.md: npx tsx scripts/generate/write-counting-table.ts
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { withCounts } from './counting-table.ts';

const page = fileURLToPath(new URL('../../docs/counting.md', import.meta.url));
writeFileAtomic(page, withCounts(readFileSync(page, 'utf8')));
