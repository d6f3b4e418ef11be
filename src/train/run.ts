import { ExitCode, messageOf, UserError } from '../base/errors.ts';
import type { Lock } from '../base/files/lock.ts';
import type { ProcessIdentity } from '../base/system/process-identity.ts';
import { checkReach } from '../config/reach.ts';
import type { RunConfig } from '../config/run.ts';
import type { DataDescription, Dataset } from '../data/batch.ts';
import { stoppedEarlyText } from '../results/flops-limit.ts';
import type { Measurement } from '../results/measurement.ts';
import { describeSkipped } from '../results/skipped.ts';
import { Checkpoints } from './files/checkpoints.ts';
import { CleanupStack, ignoreErrors } from './failures/cleanup-stack.ts';
import { describeDivergence, diagnose } from './failures/divergence.ts';
import { type DeviceWatch, watchDevice } from './accounting/device-watch.ts';
import type { Engine } from '../engine/engine.ts';
import type { Environment } from './accounting/environment.ts';
import { continueHistory, describeChange, type EnvironmentHistory } from './accounting/environment-history.ts';
import { Diverged, Stopped } from './failures/failure.ts';
import { reuseFinished } from './files/finished.ts';
import { Ledger } from './accounting/ledger.ts';
import { TrainingLoop } from './loop.ts';
import { readStepMark } from './files/step-mark.ts';
import { explainMissingKernel } from './failures/missing-kernel.ts';
import { describeCrash, explainOutOfMemory } from './failures/out-of-memory.ts';
import { withNativeLogging, type NativeLibrary } from '../engine/native-messages.ts';
import { planRun, type Status } from './plan.ts';
import { checkChanges, configHash, readStartedConfig, writeConfig } from './files/reconcile.ts';
import type { RunState } from './files/run-state.ts';
import { accountLostSteps, restoreRun, type ResumeParts } from './resume.ts';
import { RunLog } from './watch/run-log.ts';
import type { Reporter } from './watch/reporter.ts';
import { createMeasurement, runId, writeMeasurement } from './accounting/result.ts';
import { makeFolders, removeLeftovers, type RunFolder, runFolder } from './files/run-folder.ts';
import { lockRun } from './files/run-lock.ts';
import { StopRequest } from './failures/signals.ts';
import { monotonicClock } from './accounting/stopwatch.ts';
import { findWarnings } from './failures/warnings.ts';

/** A run to start or resume, with everything that it needs. */
export interface TrainingJob {
  readonly config: RunConfig;
  /** The YAML text that the config was read from. */
  readonly yaml: string;
  readonly folder: string;
  /** Whether a changed config may extend a finished run. */
  readonly extend: boolean;
  readonly network: { readonly name: string; readonly published: string };
  readonly openImages: () => Promise<Dataset>;
  readonly createEngine: (images: Dataset) => Engine;
  /** The native library; its messages are logged at log level debug. */
  readonly library?: NativeLibrary;
  readonly describeEnvironment: () => Environment;
  readonly reporter: Reporter;
}

/**
 * Starts a run in its folder, or resumes it from its last checkpoint. For a finished run, returns its measurement at once.
 * @throws UserError exit code 75 after a signal, 70 if training diverges, 69 if another process is running in the folder, 78 if the
 * config has changed; 65, 73 or 74 if files cannot be read or written.
 */
export async function train(job: TrainingJob): Promise<Measurement> {
  const folder = runFolder(job.folder);
  makeFolders(folder);
  const lock = lockRun(folder.lock, folder.path);
  const stop = new StopRequest();
  try {
    removeLeftovers(folder);
    // A run that failed before its first step, for example because of a wrong option, may start again with another config.
    const before = readStartedConfig(folder);
    if (before) checkChanges(before, job.config, job.extend, folder.path);
    const finished = reuseFinished(folder, job, before, lock.requireHeld);
    if (finished) return finished;
    writeConfig(folder, job, before === undefined, lock.requireHeld);
    return await new RunProcess(job, folder, stop, lock).execute();
  } finally {
    stop.release();
    lock.release();
  }
}

/** Executes a run in this process, from its start or its last checkpoint. */
class RunProcess {
  readonly #job: TrainingJob;
  readonly #folder: RunFolder;
  readonly #stop: StopRequest;
  readonly #lock: Lock;
  readonly #runLog: RunLog;
  readonly #checkpoints: Checkpoints;
  readonly #cleanup = new CleanupStack();

  constructor(job: TrainingJob, folder: RunFolder, stop: StopRequest, lock: Lock) {
    this.#job = job;
    this.#folder = folder;
    this.#stop = stop;
    this.#lock = lock;
    const name = { id: runId(job.config), network: job.network.name };
    const { logLevel } = job.config.execution;
    this.#runLog = new RunLog(folder, name, job.reporter, logLevel, lock.requireHeld);
    this.#checkpoints = new Checkpoints(folder.checkpoints, lock.requireHeld);
  }

  async execute(): Promise<Measurement> {
    this.#cleanup.add(() => {
      this.#runLog.close();
    });
    try {
      this.#runLog.enter('starting');
      if (this.#lock.tookOverFrom) this.#warnOfCrash(this.#lock.tookOverFrom);
      const measurement = await this.#train();
      await this.#cleanup.closeAll();
      return measurement;
    } catch (thrown) {
      const { state, step } = this.#runLog.progress();
      const { recipe } = this.#job.config;
      const error = explainMissingKernel(explainOutOfMemory(thrown, { state, step, ...recipe }), recipe.precision);
      await ignoreErrors(() => {
        this.#logEnd(error);
      });
      await ignoreErrors(() => this.#cleanup.closeAll());
      throw error;
    }
  }

  #warnOfCrash(dead: ProcessIdentity): void {
    const step = readStepMark(this.#folder.mark)?.step ?? 0;
    this.#runLog.warn(describeCrash(dead, step, this.#job.config.recipe));
  }

  #logEnd(error: unknown): void {
    const message = messageOf(error);
    this.#runLog.events.log[error instanceof Stopped ? 'info' : 'error'](message);
    this.#runLog.enter(error instanceof Stopped ? 'stopped' : 'failed', message);
  }

  async #train(): Promise<Measurement> {
    const { job, runLog, stop } = { job: this.#job, runLog: this.#runLog, stop: this.#stop };
    const images = await this.#openImages();
    const warnings = this.#warnOfDataset(images.description);
    runLog.enter('tracing');
    const start = monotonicClock();
    const engine = this.#createEngine(images);
    const tracing = monotonicClock() - start;
    const environment = this.#describeEnvironment();
    const plan = planRun(job.config, images.description.trainExamples);
    const resume = this.#resumeParts({ plan, engine, images });
    const { state: restored, isNew } = restoreRun(resume);
    const state = this.#continueHistory(restored, environment);
    const ledger = new Ledger(engine.counts, plan.trainExamples, state.ledger);
    ledger.addSeconds('tracing', tracing);
    const mark = accountLostSteps(resume, ledger, state);
    const device = this.#watchDevice(environment.device);
    runLog.begin(plan, ledger, state.curve, device.memoryBytes);
    if (job.config.level && !plan.level) runLog.note('the level has no value, so this run trains to its end');
    const parts = {
      ...{ plan, engine, images, ledger, mark, runLog, stop },
      folder: this.#folder.path,
      budgetFile: this.#folder.budget,
      configHash: configHash(job.config),
      checkpoints: this.#checkpoints,
      device,
    };
    const loop = new TrainingLoop(parts, state);
    // Reports a full disk or a read-only folder before the first step instead of after it.
    if (isNew) loop.save(false);
    runLog.enter('training');
    const result = { ...parts, id: runId(job.config), network: job.network, environments: state.environments };
    const writeResult = (status: Status): Measurement => {
      const measurement = createMeasurement({
        ...result,
        data: images.description,
        warnings,
        startedAt: state.startedAt,
        status,
        curve: loop.curve,
        earlyStop: loop.earlyStop,
      });
      writeMeasurement(this.#folder, measurement, this.#lock.requireHeld);
      job.reporter.finished(measurement);
      return measurement;
    };
    try {
      const measurement = writeResult(await loop.run());
      runLog.events.log.info({ status: measurement.status }, 'finished');
      runLog.enter('finished', loop.earlyStop && stoppedEarlyText(loop.earlyStop));
      return measurement;
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      const diagnosis = await diagnose(parts, error);
      runLog.events.log.error(diagnosis, 'diverged');
      writeResult('diverged');
      throw new UserError(describeDivergence(error, diagnosis), ExitCode.software, {
        cause: error,
      });
    }
  }

  #continueHistory(state: RunState, environment: Environment): RunState & { environments: EnvironmentHistory } {
    const change = describeChange(state, environment);
    if (change !== undefined) this.#runLog.warn(change);
    return { ...state, environments: continueHistory(state, environment) };
  }

  #watchDevice(device: string): DeviceWatch {
    const warn = (message: string): void => {
      this.#runLog.warn(message);
    };
    const watch = watchDevice({ device, config: this.#job.config, warn });
    this.#cleanup.add(watch.close);
    return watch;
  }

  /** Describes the environment. Also tells the user about options that have an unexpected effect, or none, on this device. */
  #describeEnvironment(): Environment {
    const { execution, recipe } = this.#job.config;
    const described = this.#job.describeEnvironment();
    const environment: Environment = recipe.compile === undefined ? described : { ...described, kernels: 'tensorflow' };
    const { device } = environment;
    if (device !== 'gpu' && execution.gpuMemory !== undefined)
      this.#runLog.warn(
        `execution.gpuMemory is ${execution.gpuMemory}, but this run trains on the ${device}: it has no effect`,
      );
    if (device !== 'gpu' && (execution.readLossEvery ?? 1) > 1)
      this.#runLog.note(
        `execution.readLossEvery is ${execution.readLossEvery}: on a ${device} it does not make steps faster, and fewer losses are checked`,
      );
    if (recipe.compile !== undefined)
      this.#runLog.note(
        'XLA compiles the first step and the first evaluation, which take longer' +
          (environment.session?.deterministicOps === true
            ? '; MaxPoolGrad is not compiled, because XLA has no deterministic kernel for it'
            : ''),
      );
    return environment;
  }

  /**
   * Warns about the dataset. Returns the warnings that also belong in the measurement.
   * @throws UserError exit code 78 if the level or a part of the recipe means nothing with this dataset.
   */
  #warnOfDataset(description: DataDescription): readonly string[] {
    const { config } = this.#job;
    const { classes, trainExamples } = description;
    checkReach({ recipe: config.recipe }, { classes: classes.length, trainExamples });
    const warnings = findWarnings(config, description);
    const skipped = describeSkipped(description);
    for (const line of [...warnings, ...(skipped === undefined ? [] : [skipped])]) this.#runLog.warn(line);
    return warnings;
  }

  /** Opens the dataset. This takes minutes for a large folder, so a signal interrupts it. @throws Stopped after a signal. */
  async #openImages(): Promise<Dataset> {
    const opening = this.#job.openImages();
    const images = await this.#stop.unlessStopped(opening);
    if (images === undefined) {
      void opening.then(
        (late) => late.close(),
        () => undefined,
      );
      throw new Stopped(this.#stop.signal!, undefined, this.#folder.path);
    }
    this.#cleanup.add(() => images.close());
    return images;
  }

  #createEngine(images: Dataset): Engine {
    const { library, createEngine } = this.#job;
    const { log } = this.#runLog.events;
    const create = (): Engine => createEngine(images);
    const engine =
      library && log.isLevelEnabled('debug')
        ? withNativeLogging(library, create, (line) => {
            log.debug({ source: 'tensorflow' }, line);
          })
        : create();
    this.#cleanup.add(() => {
      engine.close();
    });
    for (const warning of engine.warnings ?? []) this.#runLog.warn(warning);
    return engine;
  }

  #resumeParts(opened: Pick<ResumeParts, 'plan' | 'engine' | 'images'>): ResumeParts {
    return {
      ...opened,
      config: this.#job.config,
      folder: this.#folder,
      checkpoints: this.#checkpoints,
      runLog: this.#runLog,
      cleanup: this.#cleanup,
      requireHeld: this.#lock.requireHeld,
    };
  }
}
