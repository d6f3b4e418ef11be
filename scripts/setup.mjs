// Sets the checkout up and nothing else; `npm start` and `npm test` begin with the same.
import { setUp } from './setup/run.mjs';

await setUp();
process.stderr.write('setup: everything is in place; see `npx doubletime doctor`\n');
