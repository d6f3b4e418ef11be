#!/usr/bin/env node
// The entry point for plain Node. In a checkout tsx compiles the TypeScript; an installed package contains compiled JavaScript.
import { existsSync } from 'node:fs';

// `train` and the cluster job that starts it handle signals themselves (src/train/failures/signals.ts). A signal that arrives
// before their handlers are installed ends the process with exit code 75. No file has been changed by then.
if (['train', 'sweep-run'].includes(process.argv[2]))
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGUSR1'])
    process.on(signal, () => {
      if (process.listenerCount(signal) > 1) return;
      process.stderr.write(`doubletime: stopped by ${signal} before it started: run the same command again\n`);
      process.exit(75);
    });

if (existsSync(new URL('main.ts', import.meta.url))) {
  // After the signal handlers: loading tsx takes longer than starting Node.
  const { register } = await import('tsx/esm/api');
  register();
  await import('./main.ts');
} else {
  await import('../../dist/src/cli/main.js');
}
