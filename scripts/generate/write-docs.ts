// Writes docs/cli.md and docs/configs.md, and the marked regions of other pages in docs/: npm run docs
import { writeFileSync } from 'node:fs';
import { packageFile } from '../../src/base/files/home.ts';
import { generatedPages } from './pages.ts';

for (const [path, text] of await generatedPages()) writeFileSync(packageFile(path), text);
