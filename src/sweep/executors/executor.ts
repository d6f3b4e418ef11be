import type { z } from 'zod';
import type { ProcessIdentity } from '../../base/process-identity.ts';
import type { Command } from '../child.ts';
import type { SweepPlace } from '../result.ts';
import type { RunState } from '../run-queue.ts';

/** What this machine has to run on. */
export interface Resources {
  readonly gpus: number;
  readonly threads: number;
}

/** A sweep for an executor to carry out. Paths are as the user gave them. */
export interface SubmitRequest extends SweepPlace {
  /** Trains one run in a process of this machine: `RUN.yaml --dir DIR`. */
  readonly train: (runFile: string, folder: string) => Command;
  /** Carries out one run with its retries, wherever the sweep's folder is seen; the run's id is added as last argument. */
  readonly runOne: Command;
  /** Runs at once, where the user says so. */
  readonly workers?: number | undefined;
  readonly resources: () => Resources;
  readonly out: NodeJS.WriteStream;
}

/** What has become of a sweep when `submit` returns. */
export type Submission =
  | {
      /** Carried out to its end, or until a signal stopped it. */
      readonly kind: 'ended';
      readonly states: readonly RunState[];
      readonly stoppedBy: NodeJS.Signals | undefined;
    }
  | {
      /** In the hands of a queue; `status` and `cancel` ask it by the sweep's folder. */
      readonly kind: 'queued';
      /** Job by run, of those submitted now. */
      readonly submitted: ReadonlyMap<string, string>;
      /** How many were in the queue already, and how many have a result. */
      readonly queued: number;
      readonly done: number;
      /** What they were submitted with, for the user to look at. */
      readonly file: string;
    };

/** A run's job as its queue knows it. */
export interface JobState {
  readonly job: string;
  /** In the queue's own words. */
  readonly state: string;
  readonly reason?: string;
  /** Whether it has yet to start. */
  readonly isPending: boolean;
  /** Whether it has left the queue; a job that the queue no longer knows is not listed at all. */
  readonly hasEnded?: boolean;
}

export interface Cancelled {
  /** Jobs taken out of the queue. */
  readonly jobs: readonly string[];
  /** Processes of this machine that were sent SIGTERM; their runs checkpoint first. */
  readonly terminated: readonly ProcessIdentity[];
  /** Processes that cannot be ended from here. */
  readonly unreachable: readonly string[];
}

/**
 * Where and how the runs of a sweep are carried out. One is added with a folder of its own and one line in `index.ts`;
 * its name there is what `--executor` takes, its key in a sweep's file, and its folder in the sweep's.
 */
export interface Executor {
  /** The schema of its options in a sweep's file; it accepts `{}`. Left out where there are none. */
  readonly options?: z.ZodType;
  /** Whether the runs are jobs of a queue, which may be on other machines; else they are processes of this machine. */
  readonly isQueue: boolean;
  /** Refuses what it cannot carry out, before anything is written. @throws UserError 64 naming it */
  check?(request: SubmitRequest): void;
  /**
   * Carries a sweep out, or hands it to a queue. Done again after a crash or a cancel it takes up what is left.
   * @throws UserError 69 if the queue refuses, 73 or 74 if the sweep's folder cannot be written.
   */
  submit(request: SubmitRequest): Promise<Submission>;
  /**
   * The jobs of a sweep's runs, by run id.
   * @param unfinished the runs without a result: of the others a job that has left the queue need not be asked for.
   * @throws UserError 69 if the queue cannot be asked from this machine.
   */
  status(dir: string, unfinished: ReadonlySet<string>): Promise<ReadonlyMap<string, JobState>>;
  /** Ends what works on a sweep's folder; runs checkpoint first. @throws UserError 69 if the queue cannot be asked. */
  cancel(dir: string): Promise<Cancelled>;
}

export type Executors = Readonly<Record<string, Executor>>;
