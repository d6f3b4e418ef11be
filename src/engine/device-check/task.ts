import type { ListedOp, OpResult, StepResult } from './results.ts';

/** What a worker process is to do. */
export interface Task {
  readonly device: 'cpu' | 'gpu';
  readonly threads?: number;
  readonly networks: readonly string[];
  /** The ops to execute, followed by the training steps; undefined: list the ops of the networks. */
  readonly ops?: readonly ListedOp[];
  /** The first op and the first network that are left to do. */
  readonly fromOp: number;
  readonly fromNetwork: number;
}

/** A line that a worker prints. */
export type Line =
  | { readonly started: { readonly device: 'cpu' | 'gpu'; readonly tensorflow: string } }
  | { readonly skipped: { readonly network: string; readonly reason: string } }
  | { readonly listed: readonly ListedOp[] }
  | { readonly begin: { readonly op: number } | { readonly network: number } }
  | { readonly op: OpResult }
  | { readonly steps: StepResult }
  | { readonly finished: true };
