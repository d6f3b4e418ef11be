import type { z } from 'zod';
import type { ProcessIdentity } from '../../base/process-identity.ts';
import type { Command } from '../child.ts';
import type { SweepPlace } from '../result.ts';
import type { RunState } from '../run-queue.ts';

/** The devices of this machine. */
export interface Resources {
  readonly gpus: number;
  readonly threads: number;
}

/** A sweep for an executor. Paths are unchanged from the command line. */
export interface SubmitRequest extends SweepPlace {
  /** Trains one run in a process of this machine: `RUN.yaml --dir DIR`. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Executes one run with its retries on any machine that sees the sweep's folder. The run's id is added as the last argument. */
  readonly runOne: Command;
  /** The number of runs at the same time, if the user sets it. */
  readonly workers?: number | undefined;
  readonly resources: () => Resources;
  readonly out: NodeJS.WriteStream;
}

/** The state of a sweep when `submit` returns. */
export type Submission =
  | {
      /** It has ended, or a signal has stopped it. */
      readonly kind: 'ended';
      readonly states: readonly RunState[];
      readonly stoppedBy: NodeJS.Signals | undefined;
    }
  | {
      /** A queue has it; `status` and `cancel` find its jobs by the sweep's folder. */
      readonly kind: 'queued';
      /** The job of each run that was submitted now. */
      readonly submitted: ReadonlyMap<string, string>;
      /** How many runs were in the queue already, and how many have a result. */
      readonly queued: number;
      readonly done: number;
      /** The file that was submitted, for the user to read. */
      readonly file: string;
    };

/** The job of a run in a queue. */
export interface JobState {
  readonly job: string;
  /** The state as the queue names it. */
  readonly state: string;
  readonly reason?: string;
  /** Whether it has not started yet. */
  readonly isPending: boolean;
  /** Whether it has left the queue; a job that the queue no longer knows is not listed at all. */
  readonly hasEnded?: boolean;
}

export interface Cancelled {
  /** Jobs that were removed from the queue. */
  readonly jobs: readonly string[];
  /** Processes of this machine that were sent SIGTERM; their runs checkpoint first. */
  readonly terminated: readonly ProcessIdentity[];
  /** Processes on other machines, which cannot be stopped from here. */
  readonly unreachable: readonly string[];
}

/**
 * Executes the runs of a sweep. An executor is a file or a folder, and one line in `registry.ts`. Its name there is the value of
 * `--executor`, the key of its options in a sweep's file, and the name of its folder in the sweep's folder.
 */
export interface Executor {
  /** The schema of its options in a sweep's file; it accepts `{}`. Undefined if it has no options. */
  readonly options?: z.ZodType;
  /** Whether the runs are jobs of a queue, possibly on other machines. Otherwise they are processes of this machine. */
  readonly isQueue: boolean;
  /** Checks the request before anything is written. @throws UserError 64 naming what it cannot execute */
  check?(request: SubmitRequest): void;
  /**
   * Executes a sweep, or submits it to a queue. A second call after a crash or a cancel executes the remaining runs.
   * @throws UserError 69 if the queue refuses, 73 or 74 if the sweep's folder cannot be written.
   */
  submit(request: SubmitRequest): Promise<Submission>;
  /**
   * The jobs of a sweep's runs, by run id.
   * @param unfinished the runs without a result. Jobs of other runs that have left the queue are not looked up.
   * @throws UserError 69 if the queue cannot be asked from this machine.
   */
  status(dir: string, unfinished: ReadonlySet<string>): Promise<ReadonlyMap<string, JobState>>;
  /** Stops all jobs and processes of a sweep's folder; runs write checkpoints first. @throws UserError 69 if the queue cannot be asked. */
  cancel(dir: string): Promise<Cancelled>;
}

export type Executors = Readonly<Record<string, Executor>>;
