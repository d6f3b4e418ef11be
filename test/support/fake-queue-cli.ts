/** The command line with a third executor: one line registers it. */
import { executors } from '../../src/sweep/executors/index.ts';
import { fakeQueue } from './fake-queue.ts';

executors['queue'] = fakeQueue;
await import('../../src/cli/main.ts');
