import { existsSync, renameSync, rmSync } from 'node:fs';
import { dataError, ExitCode, messageOf, UserError } from '../base/errors.ts';
import type { ProcessIdentity } from '../base/process-identity.ts';
import type { RunConfig } from '../config/run.ts';
import type { DataDescription, Pictures } from '../data/batch.ts';
import { stoppedEarlyText } from '../results/flops-limit.ts';
import type { Measurement } from '../results/measurement.ts';
import { skippedInWords } from '../results/skipped.ts';
import { Checkpoints } from './checkpoints.ts';
import { describeDivergence, diagnose } from './divergence.ts';
import { PowerSampler } from './energy.ts';
import type { Engine } from './engine.ts';
import type { Environment } from './environment.ts';
import { Diverged, Stopped } from './failure.ts';
import { Ledger } from './ledger.ts';
import { TrainingLoop } from './loop.ts';
import { MarkFile, readMark } from './mark.ts';
import { deathNote, explainMemory } from './out-of-memory.ts';
import { createListenedTo, type NativeLibrary } from './native-messages.ts';
import { planRun, type Status } from './plan.ts';
import { checkChanges, configHash, readConfig, writeConfig } from './reconcile.ts';
import { Recorder } from './recorder.ts';
import type { Reporter } from './reporter.ts';
import { measurementOfRun, readFinished, runId, writeMeasurement } from './result.ts';
import { hasBegun, makeFolders, removeLeftovers, type RunFolder, runFolder } from './run-folder.ts';
import { lockRun } from './run-lock.ts';
import { initialRunState, type RunState } from './run-state.ts';
import { StopRequest } from './signals.ts';
import { monotonicClock } from './stopwatch.ts';

/** A run to be started or gone on with, and what it is made from. */
export interface Job {
  readonly config: RunConfig;
  /** The YAML it was read from, kept as it is. */
  readonly yaml: string;
  readonly folder: string;
  /** Go on with a finished run whose config was lengthened. */
  readonly extend: boolean;
  readonly network: { readonly name: string; readonly published: string };
  readonly openPictures: () => Promise<Pictures>;
  readonly createEngine: (pictures: Pictures) => Engine;
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
export async function train(job: Job): Promise<Measurement> {
  const folder = runFolder(job.folder);
  makeFolders(folder);
  const lock = lockRun(folder.lock, folder.path);
  const stop = new StopRequest();
  try {
    removeLeftovers(folder);
    // What was refused before its first step (a network's option, a data set that is not there) may be put right.
    const before = hasBegun(folder) ? readConfig(folder) : undefined;
    if (before) checkChanges(before, job.config, job.extend, folder.path);
    const finished = takeFinished(folder, job, before);
    if (finished) return finished;
    writeConfig(folder, job, before === undefined);
    return await new Run(job, folder, stop).go(lock.tookOverFrom);
  } finally {
    stop.release();
    lock.release();
  }
}

/** A finished run's result, unless it is to be lengthened: then the result makes way under another name. */
function takeFinished(
  folder: RunFolder,
  { config, extend, reporter }: Job,
  before: RunConfig | undefined,
): Measurement | undefined {
  const measurement = readFinished(folder);
  if (!measurement) return undefined;
  const longer = before !== undefined && runId(before) !== runId(config);
  if (extend && longer && measurement.status !== 'diverged') {
    let n = 1;
    while (existsSync(`${folder.measurement}.before-${n}`)) n += 1;
    renameSync(folder.measurement, `${folder.measurement}.before-${n}`);
    // What ended it then shall not end it again.
    rmSync(folder.budget, { force: true });
    return undefined;
  }
  reporter.finished(measurement);
  if (measurement.status === 'diverged')
    throw new UserError(`${folder.path}: this run has diverged already`, ExitCode.software);
  return measurement;
}

/** A run's measurement names one set of examples: it does not go on with another. */
const otherPictures = (folder: string, data: DataDescription): UserError =>
  dataError(
    `${folder} was started with other pictures than ${data.name} holds now (${data.trainExamples} for training, ` +
      `${data.validationExamples} for validation): put back what was added, removed or changed, or start a new run in another folder`,
  );

/** One process's part of a run. */
class Run {
  readonly #job: Job;
  readonly #folder: RunFolder;
  readonly #stop: StopRequest;
  readonly #recorder: Recorder;
  readonly #checkpoints: Checkpoints;
  readonly #closers: (() => void | Promise<void>)[] = [];

  constructor(job: Job, folder: RunFolder, stop: StopRequest) {
    this.#job = job;
    this.#folder = folder;
    this.#stop = stop;
    const name = { id: runId(job.config), network: job.network.name };
    this.#recorder = new Recorder(folder, name, job.reporter, job.config.execution.logLevel);
    this.#checkpoints = new Checkpoints(folder.checkpoints);
  }

  /** `dead`: the process whose lock was taken over. */
  async go(dead: ProcessIdentity | undefined): Promise<Measurement> {
    const recorder = this.#recorder;
    recorder.enter('starting');
    if (dead) {
      const step = readMark(this.#folder.mark)?.step ?? 0;
      recorder.warn(deathNote(dead, step, this.#job.config.recipe));
    }
    try {
      return await this.#train();
    } catch (thrown) {
      const { state, step } = recorder.progress();
      const error = explainMemory(thrown, { state, step, ...this.#job.config.recipe });
      const message = messageOf(error);
      recorder.events.log[error instanceof Stopped ? 'info' : 'error'](message);
      recorder.enter(error instanceof Stopped ? 'stopped' : 'failed', message);
      throw error;
    } finally {
      for (const close of this.#closers.reverse()) await close();
      recorder.close();
    }
  }

  async #train(): Promise<Measurement> {
    const { job, recorder, stop } = { job: this.#job, recorder: this.#recorder, stop: this.#stop };
    const pictures = await this.#openPictures();
    const skipped = skippedInWords(pictures.description);
    if (skipped !== undefined) recorder.warn(skipped);
    recorder.enter('tracing');
    const start = monotonicClock();
    const engine = this.#createEngine(pictures);
    const tracing = monotonicClock() - start;
    const environment = job.describeEnvironment();
    const plan = planRun(job.config, pictures.description.trainExamples);
    const { state, isNew } = this.#whereItStands(engine, pictures.description);
    const ledger = new Ledger(engine.counts, plan.trainExamples, state.ledger);
    ledger.addSeconds('tracing', tracing);
    const mark = this.#countLost(ledger, state);
    recorder.begin(plan, ledger, state.curve);
    if (job.config.level && !plan.level)
      recorder.note('the level has no value, so this run trains to its end');
    const parts = {
      ...{ plan, engine, pictures, ledger, mark, recorder, stop },
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
      const data = pictures.description;
      const measurement = measurementOfRun({
        ...result,
        data,
        startedAt,
        status,
        curve: loop.curve,
        earlyStop: loop.earlyStop,
      });
      writeMeasurement(this.#folder, measurement);
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

  /** Large folders take minutes to be looked through: a signal does not wait for that. */
  async #openPictures(): Promise<Pictures> {
    const opening = this.#job.openPictures();
    const pictures = await this.#stop.unlessStopped(opening);
    if (pictures === undefined) {
      void opening.then(
        (late) => late.close(),
        () => undefined,
      );
      throw new Stopped(this.#stop.signal!, undefined, this.#folder.path);
    }
    this.#closers.push(() => pictures.close());
    return pictures;
  }

  #createEngine(pictures: Pictures): Engine {
    const { library, createEngine } = this.#job;
    const { log } = this.#recorder.events;
    const create = (): Engine => createEngine(pictures);
    const engine =
      library && log.isLevelEnabled('debug')
        ? createListenedTo(library, create, (line) => {
            log.debug({ source: 'tensorflow' }, line);
          })
        : create();
    this.#closers.push(() => {
      engine.close();
    });
    return engine;
  }

  /** Puts the newest whole checkpoint into the engine, or says that the run begins. */
  #whereItStands(engine: Engine, data: DataDescription): { state: RunState; isNew: boolean } {
    const found = this.#checkpoints.findNewest();
    if (!found) return { state: initialRunState(new Date(), data.sha256), isNew: true };
    for (const warning of found.warnings) this.#recorder.warn(warning);
    const { checkpoint, file } = found;
    if (checkpoint.configHash !== configHash(this.#job.config))
      throw new UserError(`${file} belongs to a run with another config`, ExitCode.config);
    const { dataSha256 = data.sha256 } = checkpoint.state;
    if (dataSha256 !== data.sha256) throw otherPictures(this.#folder.path, data);
    engine.writeState(checkpoint.tensors);
    this.#recorder.note(`going on after step ${checkpoint.state.ledger.steps} from ${file}`);
    return { state: { ...checkpoint.state, dataSha256 }, isNew: false };
  }

  /** Counts the steps after the checkpoint that a crash has lost as wasted, and writes that down before any is repeated. */
  #countLost(ledger: Ledger, { ledger: saved }: RunState): MarkFile {
    const before = readMark(this.#folder.mark);
    const mark = new MarkFile(this.#folder.mark);
    this.#closers.push(() => {
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
      if (lost.steps > 0)
        this.#recorder.note(
          `${lost.steps} steps after that checkpoint are lost and count as wasted`,
        );
    }
    mark.write({ step: saved.steps, seconds: ledger.totalSeconds, wasted: ledger.wasted });
    mark.sync();
    return mark;
  }

  #sampleEnergy({ device }: Environment): () => number | undefined {
    if (device !== 'gpu') return () => undefined;
    const sampler = new PowerSampler();
    this.#closers.push(() => {
      sampler.close();
    });
    return () => sampler.take();
  }
}
