#!/usr/bin/env node
// The entry that plain Node can start. In a checkout it lets tsx read the TypeScript; a packed package holds it compiled.
import { existsSync } from 'node:fs';

// What it has begun, a training finishes before it obeys a signal (src/train/failures/signals.ts), and so does the job of a cluster
// that starts one. A signal that comes before they listen ends them with the same code, "try again", and nothing has been
// touched.
if (['train', 'sweep-run'].includes(process.argv[2]))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'])
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      process.stderr.write(`doubletime: stopped by ${signal}: the same command goes on from there\n`);
      process.exit(75);
    });

if (existsSync(new URL('main.ts', import.meta.url))) {
  // Not before the signals are heard: it takes longer than Node itself.
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else {
  await import('../../dist/src/cli/main.js');
}
