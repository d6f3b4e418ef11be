import { dataError, ExitCode, messageOf, UserError } from '../base/errors.ts';
import type { Lock } from '../base/lock.ts';
import type { ProcessIdentity } from '../base/process-identity.ts';
import type { RunConfig } from '../config/run.ts';
import type { DataDescription, Dataset } from '../data/batch.ts';
import { stoppedEarlyText } from '../results/flops-limit.ts';
import type { Measurement } from '../results/measurement.ts';
import { skippedInWords } from '../results/skipped.ts';
import { Checkpoints } from './files/checkpoints.ts';
import { Closers, evenIfItFails } from './failures/closers.ts';
import { describeDivergence, diagnose } from './failures/divergence.ts';
import { PowerSampler } from './accounting/energy.ts';
import type { Engine } from '../engine/engine.ts';
import type { Environment } from './accounting/environment.ts';
import { Diverged, Stopped } from './failures/failure.ts';
import { takeFinished } from './files/finished.ts';
import { Ledger } from './accounting/ledger.ts';
import { TrainingLoop } from './loop.ts';
import { type Mark, MarkFile, readMark } from './files/mark.ts';
import { describeCrash, explainOutOfMemory } from './failures/out-of-memory.ts';
import { withNativeLogging, type NativeLibrary } from '../engine/native-messages.ts';
import { isBestPoint, planRun, type RunPlan, type Status } from './plan.ts';
import { checkChanges, configHash, readConfig, writeConfig } from './files/reconcile.ts';
import { RunLog } from './watch/run-log.ts';
import type { Reporter } from './watch/reporter.ts';
import { measurementOfRun, runId, writeMeasurement } from './accounting/result.ts';
import { hasStarted, makeFolders, removeLeftovers, type RunFolder, runFolder } from './files/run-folder.ts';
import { lockRun } from './files/run-lock.ts';
import { initialRunState, type RunState } from './files/run-state.ts';
import { compareImages, filesOf } from './files/same-images.ts';
import { StopRequest } from './failures/signals.ts';
import { monotonicClock } from './accounting/stopwatch.ts';
import { warningsOf } from './failures/warnings.ts';

/** A run to be started or gone on with, and what it is made from. */
export interface TrainingJob {
  readonly config: RunConfig;
  /** The YAML it was read from, kept as it is. */
  readonly yaml: string;
  readonly folder: string;
  /** Go on with a finished run whose config was lengthened. */
  readonly extend: boolean;
  readonly network: { readonly name: string; readonly published: string };
  readonly openImages: () => Promise<Dataset>;
  readonly createEngine: (images: Dataset) => Engine;
  /** What the engine computes with, where its messages are worth keeping (log level debug). */
  readonly library?: NativeLibrary;
  readonly describeEnvironment: () => Environment;
  readonly reporter: Reporter;
}

/**
 * Starts a run in its folder, or goes on with it at the very step where it stopped; a finished one gives its result at once.
 * @throws UserError exit code 75 after a signal, 70 where it diverged, 69 where another process has it, 78 where the config
 * has changed, 65, 73 or 74 where files cannot be read or written.
 */
export async function train(job: TrainingJob): Promise<Measurement> {
  const folder = runFolder(job.folder);
  makeFolders(folder);
  const lock = lockRun(folder.lock, folder.path);
  const stop = new StopRequest();
  try {
    removeLeftovers(folder);
    // What was refused before its first step (a network's option, a dataset that is not there) may be put right.
    const before = hasStarted(folder) ? readConfig(folder) : undefined;
    if (before) checkChanges(before, job.config, job.extend, folder.path);
    const finished = takeFinished(folder, job, before, lock.requireHeld);
    if (finished) return finished;
    writeConfig(folder, job, before === undefined, lock.requireHeld);
    return await new Run(job, folder, stop, lock).go();
  } finally {
    stop.release();
    lock.release();
  }
}

/** A run's measurement names one set of examples: it does not go on with another. */
const changedImages = (folder: string, data: DataDescription): UserError =>
  dataError(
    `${folder} was started with other images than ${data.name} holds now (${data.trainExamples} for training, ` +
      `${data.validationExamples} for validation): put back what was added, removed or changed, or start a new run in another folder`,
  );

/** One process's part of a run. */
class Run {
  readonly #job: TrainingJob;
  readonly #folder: RunFolder;
  readonly #stop: StopRequest;
  readonly #lock: Lock;
  readonly #recorder: RunLog;
  readonly #checkpoints: Checkpoints;
  readonly #closers = new Closers();

  constructor(job: TrainingJob, folder: RunFolder, stop: StopRequest, lock: Lock) {
    this.#job = job;
    this.#folder = folder;
    this.#stop = stop;
    this.#lock = lock;
    const name = { id: runId(job.config), network: job.network.name };
    const { logLevel } = job.config.execution;
    this.#recorder = new RunLog(folder, name, job.reporter, logLevel, lock.requireHeld);
    this.#checkpoints = new Checkpoints(folder.checkpoints, lock.requireHeld);
  }

  async go(): Promise<Measurement> {
    this.#closers.add(() => {
      this.#recorder.close();
    });
    try {
      this.#recorder.enter('starting');
      if (this.#lock.tookOverFrom) this.#tellDeath(this.#lock.tookOverFrom);
      const measurement = await this.#train();
      await this.#closers.closeAll();
      return measurement;
    } catch (thrown) {
      const { state, step } = this.#recorder.progress();
      const error = explainOutOfMemory(thrown, { state, step, ...this.#job.config.recipe });
      await evenIfItFails(() => {
        this.#tellEnd(error);
      });
      await evenIfItFails(() => this.#closers.closeAll());
      throw error;
    }
  }

  #tellDeath(dead: ProcessIdentity): void {
    const step = readMark(this.#folder.mark)?.step ?? 0;
    this.#recorder.warn(describeCrash(dead, step, this.#job.config.recipe));
  }

  #tellEnd(error: unknown): void {
    const message = messageOf(error);
    this.#recorder.events.log[error instanceof Stopped ? 'info' : 'error'](message);
    this.#recorder.enter(error instanceof Stopped ? 'stopped' : 'failed', message);
  }

  async #train(): Promise<Measurement> {
    const { job, recorder, stop } = { job: this.#job, recorder: this.#recorder, stop: this.#stop };
    const images = await this.#openImages();
    const warnings = this.#warnOfImages(images.description);
    recorder.enter('tracing');
    const start = monotonicClock();
    const engine = this.#createEngine(images);
    const tracing = monotonicClock() - start;
    const environment = job.describeEnvironment();
    const plan = planRun(job.config, images.description.trainExamples);
    const { state, isNew } = this.#restore(engine, images, plan);
    const ledger = new Ledger(engine.counts, plan.trainExamples, state.ledger);
    ledger.addSeconds('tracing', tracing);
    const mark = this.#accountLostSteps(ledger, state, plan);
    recorder.begin(plan, ledger, state.curve);
    if (job.config.level && !plan.level) recorder.note('the level has no value, so this run trains to its end');
    const parts = {
      ...{ plan, engine, images, ledger, mark, recorder, stop },
      folder: this.#folder.path,
      budgetFile: this.#folder.budget,
      configHash: configHash(job.config),
      checkpoints: this.#checkpoints,
      takeEnergy: this.#sampleEnergy(environment),
    };
    const loop = new TrainingLoop(parts, state);
    // A full disk or a folder that cannot be written shows before the first step.
    if (isNew) loop.save(false);
    recorder.enter('training');
    const result = { ...parts, id: runId(job.config), network: job.network, environment };
    const conclude = (status: Status): Measurement => {
      const { startedAt } = state;
      const measurement = measurementOfRun({
        ...result,
        data: images.description,
        warnings,
        startedAt,
        status,
        curve: loop.curve,
        earlyStop: loop.earlyStop,
      });
      writeMeasurement(this.#folder, measurement, this.#lock.requireHeld);
      job.reporter.finished(measurement);
      return measurement;
    };
    try {
      const measurement = conclude(await loop.run());
      recorder.events.log.info({ status: measurement.status }, 'finished');
      recorder.enter('finished', loop.earlyStop && stoppedEarlyText(loop.earlyStop));
      return measurement;
    } catch (error) {
      if (!(error instanceof Diverged)) throw error;
      const diagnosis = await diagnose(parts, error);
      recorder.events.log.error({ step: error.step, ...diagnosis }, 'diverged');
      conclude('diverged');
      throw new UserError(describeDivergence(error, diagnosis), ExitCode.software, {
        cause: error,
      });
    }
  }

  /** Says what is unusual about the dataset; the warnings that are returned belong in the measurement too. */
  #warnOfImages(description: DataDescription): readonly string[] {
    const warnings = warningsOf(this.#job.config.level, description);
    const skipped = skippedInWords(description);
    for (const line of [...warnings, ...(skipped === undefined ? [] : [skipped])]) this.#recorder.warn(line);
    return warnings;
  }

  /** Large folders take minutes to be looked through: a signal does not wait for that. */
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
    this.#closers.add(() => images.close());
    return images;
  }

  #createEngine(images: Dataset): Engine {
    const { library, createEngine } = this.#job;
    const { log } = this.#recorder.events;
    const create = (): Engine => createEngine(images);
    const engine =
      library && log.isLevelEnabled('debug')
        ? withNativeLogging(library, create, (line) => {
            log.debug({ source: 'tensorflow' }, line);
          })
        : create();
    this.#closers.add(() => {
      engine.close();
    });
    return engine;
  }

  /** Puts the newest whole checkpoint into the engine, or says that the run begins. */
  #restore(engine: Engine, images: Dataset, plan: RunPlan): { state: RunState; isNew: boolean } {
    const data = images.description;
    const files = images.fingerprint?.();
    const dataFiles = filesOf(files);
    const found = this.#checkpoints.findNewest();
    if (!found) return { state: initialRunState(new Date(), data.sha256, dataFiles), isNew: true };
    for (const warning of found.warnings) this.#recorder.warn(warning);
    const { checkpoint, file } = found;
    if (checkpoint.configHash !== configHash(this.#job.config))
      throw new UserError(`${file} belongs to a run with another config`, ExitCode.config);
    const { dataSha256 = data.sha256 } = checkpoint.state;
    if (dataSha256 !== data.sha256) throw changedImages(this.#folder.path, data);
    const { dataFiles: before } = checkpoint.state;
    const changed = files && before && compareImages(this.#folder.path, before, files);
    if (changed !== undefined) this.#recorder.warn(changed);
    engine.writeState(checkpoint.tensors);
    if (isBestPoint(plan, checkpoint.state)) this.#checkpoints.keepAsBest(file);
    this.#recorder.note(`going on after step ${checkpoint.state.ledger.steps} from ${file}`);
    return {
      state: { ...checkpoint.state, dataSha256, ...(dataFiles && { dataFiles }) },
      isNew: false,
    };
  }

  /** Counts the steps after the checkpoint that a crash has lost as wasted, and writes that down before any is repeated. */
  #accountLostSteps(ledger: Ledger, { ledger: saved }: RunState, plan: RunPlan): MarkFile {
    const before = this.#readMark(plan);
    const mark = new MarkFile(this.#folder.mark, this.#lock.requireHeld);
    this.#closers.add(() => {
      mark.close();
    });
    if (before) {
      const seconds = Object.values(saved.seconds).reduce((sum, part) => sum + part, 0);
      const steps = Math.max(0, before.step - saved.steps);
      const lost = { steps, seconds: steps > 0 ? Math.max(0, before.seconds - seconds) : 0 };
      // An older checkpoint does not know yet what was wasted since.
      ledger.addWasted({
        steps: Math.max(0, before.wasted.steps - saved.wasted.steps) + lost.steps,
        seconds: Math.max(0, before.wasted.seconds - saved.wasted.seconds) + lost.seconds,
      });
      if (lost.steps > 0) this.#recorder.note(`${lost.steps} steps after that checkpoint are lost and count as wasted`);
    }
    mark.write({ step: saved.steps, seconds: ledger.totalSeconds, wasted: ledger.wasted });
    mark.sync();
    return mark;
  }

  /** A mark beyond the run's last step was not written by doubletime. */
  #readMark({ steps }: RunPlan): Mark | undefined {
    const mark = readMark(this.#folder.mark);
    if (mark === undefined || mark.step <= steps) return mark;
    this.#recorder.warn(`${this.#folder.mark} is passed over: it says step ${mark.step}, and this run has ${steps}`);
    return undefined;
  }

  #sampleEnergy({ device }: Environment): () => number | undefined {
    if (device !== 'gpu') return () => undefined;
    const sampler = new PowerSampler();
    this.#closers.add(() => {
      sampler.close();
    });
    return () => sampler.take();
  }
}
