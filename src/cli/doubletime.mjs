#!/usr/bin/env node
// The entry that plain Node can start: it lets tsx read the TypeScript of the project.
import { register } from 'tsx/esm/api';

// What it has begun, a training finishes before it obeys a signal (src/train/signals.ts). One that comes before it listens
// ends it with the same code, "try again", and nothing has been touched.
if (process.argv[2] === 'train')
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'])
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      process.stderr.write(
        `doubletime: stopped by ${signal}: the same command goes on from there\n`,
      );
      process.exit(75);
    });

register();
await import('./main.ts');
