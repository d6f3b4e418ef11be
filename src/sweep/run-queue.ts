import type { ExitCode } from '../base/errors.ts';
import { accuracyAt } from '../results/crossing.ts';
import type { CurvePoint, Measurement } from '../results/measurement.ts';
import type { Outcome } from './processes/attempt.ts';
import { backoffMs } from './backoff.ts';
import { type PlannedRun, type SweepPlan } from '../results/sweep-plan.ts';
import { levelSetBy } from './result.ts';

/** The parts of a measurement that a sweep's summary needs. Complete measurements of thousands of runs do not fit in memory. */
export type Result = Pick<
  Measurement,
  'status' | 'earlyStop' | 'network' | 'published' | 'crossing' | 'totals' | 'counts' | 'level'
> & {
  readonly file: string;
  readonly lastAccuracy: number | null;
  /** sha256 of the images. */
  readonly images: string;
  /** The learning curve of a run that sets a level. */
  readonly curve?: readonly CurvePoint[];
};

export type Phase = 'pending' | 'running' | 'elsewhere' | 'stopped' | 'done' | 'failed' | 'blocked';

/** The state of a run in this sweep. */
export interface RunState {
  readonly run: PlannedRun;
  phase: Phase;
  /** Attempts that crashed so far. */
  crashes: number;
  /** The run must not start before this time, in ms since 1970. */
  notBefore: number;
  /** The GPU or worker that executes it. */
  slot?: string;
  /** The only slot that may take the run: a process of an earlier sweep still executes it on this slot's GPU. */
  reservedFor?: string;
  message?: string;
  exitCode?: ExitCode;
  result?: Result;
}

/** A listener for changes in a sweep. */
export interface SweepEvents {
  /** Called after every change of a run's state. */
  changed(state: RunState): void;
}

const ELSEWHERE_POLL_MS = 1000;

function summarize(run: PlannedRun, measurement: Measurement, file: string, setsLevel: boolean): Result {
  const { status, earlyStop, network, published, crossing, totals, counts, level, curve, data } = measurement;
  const last = curve.at(-1);
  const metric = run.level?.metric ?? 'top1';
  const lastAccuracy = last ? accuracyAt(last, metric) : null;
  const kept = { status, network, published, crossing, totals, counts, level };
  return {
    ...{ ...kept, file, lastAccuracy, images: data.sha256 },
    ...(earlyStop && { earlyStop }),
    ...(setsLevel && { curve }),
  };
}

/** Keeps the states of a sweep's runs and decides which run may start next. Starts no processes itself. */
export class RunQueue {
  readonly states: readonly RunState[];
  private readonly byId: ReadonlyMap<string, RunState>;
  private readonly plan: SweepPlan;
  /** The ids of the runs that set a level. */
  private readonly anchors: ReadonlySet<string | null>;

  constructor(plan: SweepPlan) {
    this.plan = plan;
    this.states = plan.runs.map((run) => ({ run, phase: 'pending', crashes: 0, notBefore: 0 }));
    this.byId = new Map(this.states.map((state) => [state.run.id, state]));
    this.anchors = new Set(plan.runs.map(({ anchor }) => anchor));
  }

  /** Returns the first run that may start now and marks it as running; undefined if no run may start yet. `now`: ms since 1970. */
  take(now: number, slot: string): RunState | undefined {
    const mayTake = ({ reservedFor = slot }: RunState): boolean => reservedFor === slot;
    const open = this.states.filter((state) => this.isOpen(state) && mayTake(state));
    const ready = open.filter((state) => state.notBefore <= now && this.isReady(state));
    const state = ready.find(({ reservedFor }) => reservedFor !== undefined) ?? ready[0];
    if (state) Object.assign(state, { phase: 'running', slot, message: undefined });
    return state;
  }

  private isOpen = ({ phase }: RunState): boolean => phase === 'pending' || phase === 'elsewhere';

  private findAnchor({ run }: RunState): RunState | undefined {
    return run.anchor === null || run.anchor === run.id ? undefined : this.byId.get(run.anchor);
  }

  private isReady(state: RunState): boolean {
    return (this.findAnchor(state)?.phase ?? 'done') === 'done';
  }

  /** Whether no run is left to start or to wait for. */
  get isOver(): boolean {
    return !this.states.some((state) => this.isOpen(state) || state.phase === 'running');
  }

  /** Records how an attempt ended, and updates the runs that wait for this one. */
  settle(state: RunState, outcome: Outcome, now: number): void {
    delete state.slot;
    delete state.reservedFor;
    if (outcome.kind === 'done') this.finish(state, outcome.measurement, outcome.file);
    else if (outcome.kind === 'crashed') this.crash(state, outcome, now);
    else if (outcome.kind === 'failed') this.fail(state, outcome);
    else if (outcome.kind === 'stopped') Object.assign(state, { phase: 'stopped', message: outcome.message });
    else
      Object.assign(state, {
        phase: 'elsewhere',
        message: outcome.message,
        notBefore: now + ELSEWHERE_POLL_MS,
      });
  }

  private finish(state: RunState, measurement: Measurement, file: string): void {
    state.phase = 'done';
    state.result = summarize(state.run, measurement, file, this.anchors.has(state.run.id));
    delete state.message;
    const diverged = measurement.status === 'diverged' ? 'diverged and ' : '';
    this.blockDependents(state, `${state.run.id} ${diverged}has set no level`, ({ level }) =>
      level === null ? false : levelSetBy(measurement, level) === undefined,
    );
  }

  private crash(state: RunState, outcome: Outcome & { kind: 'crashed' }, now: number): void {
    state.crashes++;
    if (state.crashes > this.plan.retries) {
      this.fail(state, outcome);
      return;
    }
    const notBefore = now + backoffMs(this.plan, state.crashes);
    Object.assign(state, { phase: 'pending', message: outcome.message, notBefore });
  }

  private fail(state: RunState, { message, exitCode }: { message: string; exitCode: ExitCode }): void {
    Object.assign(state, { phase: 'failed', message, exitCode });
    this.blockDependents(state, `${state.run.id} failed`);
  }

  /** Blocks the runs that wait for the level of an anchor, as far as `isBlocked`. */
  private blockDependents(anchor: RunState, why: string, isBlocked: (run: PlannedRun) => boolean = () => true): void {
    for (const state of this.states) {
      if (this.findAnchor(state) !== anchor || !this.isOpen(state) || !isBlocked(state.run)) continue;
      Object.assign(state, { phase: 'blocked', message: `waits for a level: ${why}` });
      this.blockDependents(state, `${state.run.id} never ran`);
    }
  }
}
