import type { ListedOp, OpResult, StepResult } from './results.ts';

/** The task of a worker process. */
export interface Task {
  readonly device: 'cpu' | 'gpu';
  readonly threads?: number;
  readonly networks: readonly string[];
  /** The ops to execute before the training steps. Undefined: the worker lists the ops of the networks instead. */
  readonly ops?: readonly ListedOp[];
  /** Index of the first op to execute. */
  readonly fromOp: number;
  /** Index of the first network to train. */
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
