import { describe, expect, it } from 'vitest';
import { continueHistory, describeChange } from '../../../src/train/accounting/environment-history.ts';
import type { Environment } from '../../../src/train/accounting/environment.ts';
import { initialRunState, type RunState } from '../../../src/train/files/run-state.ts';
import { makeMeasurement } from '../../support/measurements.ts';

const { startedAt, finishedAt, ...measured } = makeMeasurement().environment;
const environment: Environment = measured;

const stateAt = (steps: number, environments?: RunState['environments']): RunState => {
  const state = initialRunState(new Date(startedAt), finishedAt);
  return { ...state, ledger: { ...state.ledger, steps }, ...(environments && { environments }) };
};

describe('the environments of a run', () => {
  it('have nothing earlier without a change, or before the first step', () => {
    const before = { environment, earlier: [] };
    const other = { ...environment, threads: environment.threads + 1 };
    expect(continueHistory(stateAt(5), environment)).toEqual(before);
    expect(continueHistory(stateAt(5, before), environment)).toEqual(before);
    expect(continueHistory(stateAt(0, before), other)).toEqual({ environment: other, earlier: [] });
    expect(describeChange(stateAt(5, before), environment)).toBeUndefined();
  });

  it('keep every one that differed, with its last step', () => {
    const [one, two] = [environment, { ...environment, threads: environment.threads + 1 }];
    const first = continueHistory(stateAt(5, { environment: one, earlier: [] }), two);
    expect(first).toEqual({ environment: two, earlier: [{ untilStep: 5, ...one }] });
    const second = continueHistory(stateAt(9, first), one);
    expect(second.earlier.map(({ untilStep, threads }) => [untilStep, threads])).toEqual([
      [5, one.threads],
      [9, two.threads],
    ]);
  });

  it('are named in a warning if they may change the last bits', () => {
    const state = stateAt(5, { environment, earlier: [] });
    expect(describeChange(state, { ...environment, threads: 7 })).toMatch(
      new RegExp(`^until step 5 .*\\(threads is 7, and was ${environment.threads}\\); the measurement contains both$`),
    );
    expect(describeChange(state, { ...environment, host: 'other' })).toBeUndefined();
  });
});
