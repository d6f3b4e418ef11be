import { describeMachine } from '../../runtime/machine.ts';
import type { Resources } from '../../sweep/executors/executor.ts';

/** The GPUs and threads of this machine. */
export function machineResources(): Resources {
  const { gpus, threads } = describeMachine();
  return { gpus: gpus.length, threads };
}
