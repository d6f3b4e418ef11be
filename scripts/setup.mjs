// `npm run setup`: only sets up the checkout. `npm start` and `npm test` also do this first.
import { setUp } from './setup/run.mjs';

await setUp();
process.stderr.write('setup: complete; check it with `npx doubletime doctor`\n');
