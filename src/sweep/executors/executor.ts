import type { z } from 'zod';
import type { ProcessIdentity } from '../../base/system/process-identity.ts';
import type { Command } from '../processes/child.ts';
import type { SweepPlace } from '../result.ts';
import type { RunState } from '../run-queue.ts';

/** The devices of this machine. */
export interface Resources {
  readonly gpus: number;
  readonly threads: number;
}

/** A sweep that an executor shall execute. Paths are as on the command line. */
export interface SubmitRequest extends SweepPlace {
  /** The command that trains one run on this machine. */
  readonly train: (runFile: string, folder: string) => Command;
  /** The command that executes one run with its retries on any machine that sees the sweep's folder, without its last argument, the run's id. */
  readonly runOne: Command;
  /** The number of runs at the same time, if the user sets it. */
  readonly workers?: number | undefined;
  readonly resources: () => Resources;
  readonly out: NodeJS.WriteStream;
}

/** The state of a sweep when `submit` returns. */
export type Submission =
  | {
      /** The sweep has ended, or a signal has stopped it. */
      readonly kind: 'ended';
      readonly states: readonly RunState[];
      readonly stoppedBy: NodeJS.Signals | undefined;
    }
  | {
      /** The runs are in a queue. `status` and `cancel` find their jobs by the sweep's folder. */
      readonly kind: 'queued';
      /** The job of each run that this call submitted, by run id. */
      readonly submitted: ReadonlyMap<string, string>;
      /** Number of runs that were already in the queue. */
      readonly queued: number;
      /** Number of runs that already have a result. */
      readonly done: number;
      /** Why runs were not submitted although they have no result, by run id: a damaged result, or an anchor that sets no level. */
      readonly failed: ReadonlyMap<string, string>;
      /** The file that was submitted, for the user to read. */
      readonly file: string;
    };

/** The job of a run in a queue. */
export interface JobState {
  readonly job: string;
  /** The state as the queue names it. */
  readonly state: string;
  readonly reason?: string;
  /** Whether the job has not started yet. */
  readonly isPending: boolean;
  /** Whether the job has left the queue. A job that the queue no longer knows is not listed at all. */
  readonly hasEnded?: boolean;
}

export interface Cancelled {
  /** Jobs that were removed from the queue. */
  readonly jobs: readonly string[];
  /** The ids of the runs whose processes the queue stops with their jobs; they must not get a second signal. */
  readonly stoppedRuns?: readonly string[];
  /** Processes of this machine that got SIGTERM; their runs write checkpoints first. */
  readonly terminated: readonly ProcessIdentity[];
  /** Processes on other machines, which cannot be stopped from here. */
  readonly unreachable: readonly string[];
}

/**
 * Executes the runs of a sweep. An executor is a file or a folder, with one line in `registry.ts`. Its name there is also the
 * value of `--executor`, the key of its options in a sweep config, and the name of its folder in the sweep's folder.
 */
export interface Executor {
  /** The schema of its options in a sweep config; it must accept `{}`. Undefined if it has no options. */
  readonly options?: z.ZodType;
  /** Whether the runs are jobs of a queue, possibly on other machines. Otherwise they are processes of this machine. */
  readonly isQueue: boolean;
  /** Checks the request before anything is written. @throws UserError 64 naming what this executor cannot execute. */
  check?(request: SubmitRequest): void;
  /**
   * Executes a sweep, or submits it to a queue. A second call after a crash or a cancel executes the remaining runs.
   * @throws UserError 69 if the queue refuses, 73 or 74 if the sweep's folder cannot be written.
   */
  submit(request: SubmitRequest): Promise<Submission>;
  /**
   * The jobs of a sweep's runs, by run id.
   * @param unfinished the runs without a result. Only for them, jobs that have left the queue are looked up too.
   * @throws UserError 69 if the queue cannot be reached from this machine.
   */
  status(dir: string, unfinished: ReadonlySet<string>): Promise<ReadonlyMap<string, JobState>>;
  /**
   * Stops all jobs and processes of a sweep's folder; runs write checkpoints first.
   * @param stoppedRuns ids of runs whose processes a queue has already stopped.
   * @throws UserError 69 if the queue cannot be reached.
   */
  cancel(dir: string, stoppedRuns: ReadonlySet<string>): Promise<Cancelled>;
}

export type Executors = Readonly<Record<string, Executor>>;
