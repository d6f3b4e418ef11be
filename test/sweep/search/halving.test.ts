import { describe, expect, it } from 'vitest';
import { halve, findMostAccurate, findWinner, type Goal, type Request } from '../../../src/sweep/search/halving.ts';
import { planRungs } from '../../../src/sweep/search/rungs.ts';
import type { Trial, TrialResult } from '../../../src/sweep/search/trial.ts';
import type { Crossing } from '../../../src/results/measurement.ts';

const EVERY = 1;
const LEVEL = 0.6;

/** Trials of one learning rate and one length each. */
function trials(settings: readonly (readonly [rate: number, epochs: number])[]): Trial[] {
  return settings.map(([rate, epochs], i) => {
    const members = settings.filter(([, other]) => other === epochs).length;
    return {
      number: i + 1,
      settings: { 'recipe.learningRate': rate, 'recipe.epochs': epochs },
      epochs,
      rungs: planRungs({ epochs, every: EVERY, warmupEpochs: 0 }, members),
    };
  });
}

type Curve = (trial: Trial, epoch: number) => number;

/** Simulates the requested trainings with an evaluation after every epoch, and records them. */
function simulate(all: readonly Trial[], curve: Curve, goal: Goal = 'computeToLevel') {
  const trained: { trial: number; from: number; to: number }[] = [];
  const results = new Map<string, TrialResult>();
  const idOf = ({ trial, untilEpochs }: Request) => `${trial.number}@${untilEpochs}`;
  const train = (request: Request): void => {
    const { trial, untilEpochs, continues } = request;
    const epochs = Array.from({ length: untilEpochs }, (_, i) => i + 1);
    const accuracies = epochs.map((epoch) => curve(trial, epoch));
    const at = goal === 'computeToLevel' ? accuracies.findIndex((accuracy) => accuracy >= LEVEL) : -1;
    const end = at >= 0 ? at + 1 : untilEpochs;
    const crossing = at >= 0 ? ({ epochs: end, flops: end * 100, accuracy: accuracies[at]! } as Crossing) : null;
    trained.push({ trial: trial.number, from: continues ? Number(continues.split('@')[1]) : 0, to: end });
    results.set(idOf(request), {
      status: crossing ? 'reachedLevel' : untilEpochs < trial.epochs ? 'outOfBudget' : 'finished',
      crossing,
      epochs: end,
      flops: end * 100,
      bestAccuracy: Math.max(...accuracies.slice(0, end)),
      lastAccuracy: accuracies[end - 1]!,
    });
  };
  const decide = () =>
    halve({
      ...{ goal, trials: all, every: EVERY, hasEqualEpochs: true },
      answer: (request) => {
        const result = results.get(idOf(request));
        return result && { id: idOf(request), result };
      },
    });
  const finish = () => {
    for (;;) {
      const { states, requests } = decide();
      if (requests.length === 0) return states;
      for (const request of requests) train(request);
    }
  };
  return { trained, decide, train, finish };
}

/** An accuracy that rises during the schedule to a ceiling that depends on the learning rate. */
const ceilings =
  (byRate: Readonly<Record<number, number>>): Curve =>
  ({ settings, epochs }, epoch) =>
    byRate[settings['recipe.learningRate']!]! * Math.sqrt(epoch / epochs);

describe('halve', () => {
  it('finds the best of a group with about half of the epochs, and says why each other was dropped', () => {
    const { finish, trained } = simulate(
      trials([
        [0.1, 8],
        [0.2, 8],
        [0.3, 8],
        [0.4, 8],
      ]),
      ceilings({ 0.1: 0.3, 0.2: 0.65, 0.3: 0.5, 0.4: 0.1 }),
    );
    const states = finish();
    expect(findWinner(states, 'computeToLevel')?.trial.number).toBe(2);
    expect(trained.map(({ trial, from, to }) => [trial, from, to])).toEqual([
      [1, 0, 2],
      [2, 0, 2],
      [3, 0, 2],
      [4, 0, 2],
      [2, 2, 4],
      [3, 2, 4],
      [2, 4, 7],
    ]);
    const spent = trained.reduce((sum, { from, to }) => sum + to - from, 0);
    expect(spent).toBeLessThan(32 / 2);
    expect(states.map(({ status }) => status)).toEqual(['dropped', 'reachedLevel', 'dropped', 'dropped']);
    expect(states[0]?.why).toBe(
      '15.0 % after 2 epochs, while the best 2 of 4 trials with this schedule have at least 25.0 %',
    );
  });

  it('does not drop a long schedule because a short one is better at the same epoch', () => {
    const { finish } = simulate(
      trials([
        [0.1, 2],
        [0.1, 4],
        [0.1, 8],
      ]),
      // Only the longest schedule reaches the level, at its end. Until then the short ones are better.
      ({ epochs }, epoch) => (epoch === 8 ? 0.7 : (0.5 * epoch) / epochs),
    );
    const states = finish();
    expect(findWinner(states, 'computeToLevel')?.trial.epochs).toBe(8);
    expect(states[0]?.why).toBe('its schedule ended at 50.0 %, below the level');
  });

  it('stops a trial once it cannot need less compute than another one', () => {
    const { finish, trained } = simulate(
      trials([
        [0.1, 4],
        [0.1, 16],
      ]),
      ({ epochs }, epoch) => (epochs === 4 && epoch >= 3 ? 0.7 : 0.1),
    );
    const states = finish();
    expect(trained).toEqual([
      { trial: 1, from: 0, to: 3 },
      { trial: 2, from: 0, to: 2 },
    ]);
    expect(states[1]).toMatchObject({
      status: 'dropped',
      why: 'had not reached the level when another trial reached it',
    });
  });

  it('chooses the least compute, and the higher accuracy if it is equal', () => {
    const same = trials([
      [0.1, 4],
      [0.2, 4],
    ]);
    const states = simulate(same, ({ number }, epoch) => (epoch >= 2 ? 0.6 + number / 100 : 0.1)).finish();
    expect(findWinner(states, 'computeToLevel')?.trial.number).toBe(2);
  });

  it('reports a network that never reaches the level, with its most accurate trial', () => {
    const states = simulate(
      trials([
        [0.1, 4],
        [0.2, 4],
      ]),
      ceilings({ 0.1: 0.4, 0.2: 0.5 }),
    ).finish();
    expect(findWinner(states, 'computeToLevel')).toBeUndefined();
    expect(findMostAccurate(states)?.trial.number).toBe(2);
  });

  it('tunes a network that sets the level for its final accuracy', () => {
    const states = simulate(
      trials([
        [0.1, 4],
        [0.2, 4],
        [0.2, 8],
      ]),
      ceilings({ 0.1: 0.4, 0.2: 0.9 }),
      'finalAccuracy',
    ).finish();
    expect(findWinner(states, 'finalAccuracy')?.trial.number).toBe(2);
    expect(states.map(({ status }) => status)).toEqual(['dropped', 'finished', 'finished']);
  });

  it('takes the same decisions however often it is restarted', () => {
    const all = trials([
      [0.1, 8],
      [0.2, 8],
      [0.3, 8],
    ]);
    const curve = ceilings({ 0.1: 0.3, 0.2: 0.65, 0.3: 0.5 });
    const whole = simulate(all, curve);
    const expected = whole.finish();
    // Decides again after every single trial, like a search that is killed after each.
    const killed = simulate(all, curve);
    for (let { requests } = killed.decide(); requests.length > 0; { requests } = killed.decide())
      killed.train(requests[0]!);
    expect(killed.decide().states).toEqual(expected);
    expect(killed.trained).toEqual(whole.trained);
  });

  it('continues without trials that fail or diverge', () => {
    const all = trials([
      [0.1, 2],
      [0.2, 2],
      [0.3, 2],
    ]);
    const result = { epochs: 2, flops: 200, bestAccuracy: 0.7, lastAccuracy: 0.7 };
    const crossing = { epochs: 2, flops: 200, accuracy: 0.7 } as Crossing;
    const { states } = halve({
      ...{ goal: 'computeToLevel', trials: all, every: EVERY, hasEqualEpochs: true },
      answer: ({ trial: { number } }) => {
        if (number === 1) return { id: '1', failed: 'out of memory' };
        if (number === 2) return { id: '2', result: { ...result, status: 'diverged', crossing: null } };
        return { id: '3', result: { ...result, status: 'reachedLevel', crossing } };
      },
    });
    expect(states.map(({ status, why }) => [status, why])).toEqual([
      ['failed', 'out of memory'],
      ['diverged', 'diverged'],
      ['reachedLevel', undefined],
    ]);
  });

  it('never chooses the settings of a trial that diverged', () => {
    const all = trials([
      [0.1, 2],
      [0.2, 2],
    ]);
    const result = { epochs: 1, flops: 100, bestAccuracy: 0.5, lastAccuracy: 0.5, crossing: null };
    const chosenIf = (second: 'diverged' | 'finished') =>
      findMostAccurate(
        halve({
          ...{ goal: 'computeToLevel', trials: all, every: EVERY, hasEqualEpochs: true },
          answer: ({ trial: { number } }) =>
            number === 1
              ? { id: '1', result: { ...result, status: 'diverged' } }
              : { id: '2', result: { ...result, epochs: 2, bestAccuracy: 0.4, status: second } },
        }).states,
      )?.trial.number;
    expect([chosenIf('finished'), chosenIf('diverged')]).toEqual([2, undefined]);
  });
});
