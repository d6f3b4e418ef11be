import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const projectRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The folder for what set-up fetched and built: `.doubletime` in the project, or DOUBLETIME_HOME. */
export const homeFolder = (): string =>
  resolve(process.env['DOUBLETIME_HOME'] ?? join(projectRoot, '.doubletime'));
