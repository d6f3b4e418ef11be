import type { Level } from '../config/level.ts';
import type { NetworkConfig, RunConfig } from '../config/run.ts';
import type { EarlyStop, SlurmConfig } from '../config/sweep.ts';

/** One run of a sweep, with everything decided but the value of a level that its anchor has yet to set. */
export interface PlannedRun {
  /** `alexnet-s0-1a2b3c4d`: name, seed and a hash of the config; another config is another run. */
  readonly id: string;
  readonly name: string;
  readonly network: string;
  /** YYYY-MM-DD */
  readonly published: string;
  readonly seed: number;
  readonly level: Level | null;
  /** Id of the run whose own final result is the level; the run's own id for that run itself. */
  readonly anchor: string | null;
  /** What `train` is given; the level's value is filled in once it is known. An anchor has no level of its own. */
  readonly config: RunConfig;
}

/** A sweep as it is carried out; `sweeps/NAME.json` in its folder. */
export interface SweepPlan {
  readonly version: 1;
  readonly name: string;
  readonly question: string;
  /** Anchors stand before the runs that wait for them. */
  readonly runs: readonly PlannedRun[];
  readonly earlyStop: EarlyStop | null;
  readonly retries: number;
  readonly backoffSeconds: number;
  readonly slurm: SlurmConfig;
}

const longestBackoffSeconds = 3600;

/** How long to wait after so many crashes of a run before it is started again. */
export const backoffMs = ({ backoffSeconds }: SweepPlan, crashes: number): number =>
  1000 * Math.min(backoffSeconds * 2 ** (crashes - 1), longestBackoffSeconds);

/** What the sweep asks the networks' registry; handed in by the command line, which alone may know it. */
export interface Catalogue {
  /**
   * Checks a network and its options, and once it is known the run that it shall train in: the recipe's options, pictures
   * that are large enough. Tells its proper name, its date and the file of its recipe.
   * @throws UserError 78 naming the nearest networks or options, or what does not fit.
   */
  network(
    config: NetworkConfig,
    run?: RunConfig,
  ): {
    name: string;
    published: string;
    recipeFile?: string;
    /** Of a network of a file: the file and its hashes. */
    file?: Pick<NetworkConfig, 'file' | 'sha256' | 'imports'>;
  };
}
