import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { openYaml } from '../../../src/config/yaml/yaml.ts';
import type { Setting } from '../../../src/sweep/planning/draft.ts';
import { expandSweep } from '../../../src/sweep/planning/expand.ts';
import type { Outcome } from '../../../src/sweep/search/search.ts';
import { toSubjects, type SubjectOptions } from '../../../src/sweep/search/subject.ts';
import { outcomesTable } from '../../../src/sweep/search/text.ts';
import type { TrialStatus } from '../../../src/sweep/search/trial.ts';
import { tunedSweep } from '../../../src/sweep/search/tuned-file.ts';
import { planOf, sampleCatalogue, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const head = `${sweepHeader}level: { metric: top5, value: 0.6 }\n`;

function plan(text: string, options: Partial<SubjectOptions> = {}, settings: readonly Setting[] = []) {
  const dir = temporaryFolder();
  const file = join(dir, 'my-sweep.yaml');
  writeFileSync(file, text);
  const { drafts, plan: sweepPlan } = expandSweep(openYaml(file), { catalogue: sampleCatalogue, settings });
  const subjects = toSubjects(sweepPlan, drafts, { trainExamples: () => 50_000, ...options });
  return { dir, file, drafts, subjects };
}

/** Plans a search, ends every trial with a status, and returns the text of the tuned sweep and its plan. */
function tune(text: string, settings: readonly Setting[] = [], status: TrialStatus = 'dropped') {
  const { dir, file, drafts, subjects } = plan(text, {}, settings);
  const outcomes = subjects.map((subject): Outcome => {
    const states = subject.trials.map((trial) => ({ trial, status, result: null, runs: [] }));
    const chosen = status === 'diverged' ? undefined : states[0];
    return { ...{ subject, states, chosen, spentEpochs: 1, isOver: true }, level: 0.6, winner: undefined };
  });
  const sweep = parse(text) as Record<string, unknown>;
  const to = join(dir, 'tuned.yaml');
  const tuned = tunedSweep({ sweep, comment: [], from: file, to, drafts, outcomes, settings, seed: 1_000_000 });
  return { tuned, outcomes, runs: planOf(join(dir, 'new'), tuned).runs };
}

const group = { key: 'recipe.weightDecay', value: { value: 0.3 } };

describe('tunedSweep', () => {
  const values = 'tune: { recipe.weightDecay.value: [0.001] }\n';

  it.each([
    ['a `set` of the run', 'set: { recipe.weightDecay: { value: 0.2 } }', []],
    ['the command line', 'id: a', [group]],
    ['both', 'set: { recipe.weightDecay.value: 0.2 }', [group]],
  ])('puts a tuned value into a group of %s', (_, entry, settings) => {
    const { runs } = tune(`${head}${values}runs: [{ network: vgg11, ${entry} }]\n`, settings);
    expect(runs.map(({ config }) => config.recipe.weightDecay.value)).toEqual([0.001]);
  });

  it('keeps the settings of the sweep if all trials diverged, and says so', () => {
    const { tuned, outcomes, runs } = tune(
      `${head}tune: { recipe.learningRate: [8, 9] }\nruns: [vgg11]\n`.replace('[vgg11]', '[{ network: vgg11 }]'),
      [],
      'diverged',
    );
    expect(tuned).toContain('# vgg11: 2 trials; all diverged\n');
    expect(outcomesTable(outcomes)).toContain('never reached the level: all trials diverged');
    expect(runs.map(({ config }) => config.recipe.learningRate)).toEqual([0.1]);
  });
});

describe('toSubjects', () => {
  const list = (start: number, length = 10): string => `[${Array.from({ length }, (_, i) => start + i).join(', ')}]`;
  const many = (length: number): string =>
    `${head}tune: { recipe.learningRate: ${list(1, length)}, recipe.batch: ${list(8)}, recipe.epochs: ${list(1)} }
runs: [{ network: vgg11 }]
`;

  it('finds the number of trials of a budget among a thousand in a moment', () => {
    const start = performance.now();
    const [subject] = plan(many(10), { budget: 20 }).subjects;
    expect(subject!.trials.length).toBeGreaterThan(1);
    expect(subject!.budgetEpochs).toBeLessThanOrEqual(20);
    expect(() => plan(many(10), { budget: 0.5 })).toThrow(/--budget is 0\.5, expected at least 3/);
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  it('refuses more combinations than a search can try, unless a number is given', () => {
    expect(() => plan(many(11))).toThrow(/vgg11 has 1100 combinations of the values to tune, expected at most 1000/);
    expect(plan(many(11), { trials: 7 }).subjects[0]!.trials).toHaveLength(7);
  });
});
