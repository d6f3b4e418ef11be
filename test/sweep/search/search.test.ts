import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { openYaml } from '../../../src/config/yaml/yaml.ts';
import { runPaths } from '../../../src/results/run-folder.ts';
import { sweepPaths } from '../../../src/results/sweep-folder.ts';
import type { PlannedRun, SweepPlan } from '../../../src/results/sweep-plan.ts';
import { expandSweep } from '../../../src/sweep/planning/expand.ts';
import { search, type Outcome, type SearchJob } from '../../../src/sweep/search/search.ts';
import { toSubjects, type SubjectOptions } from '../../../src/sweep/search/subject.ts';
import { searchSummary } from '../../../src/sweep/search/summary.ts';
import { budgetNote, outcomesTable, trialsTable } from '../../../src/sweep/search/text.ts';
import { tunedSweep } from '../../../src/sweep/search/tuned-file.ts';
import { fixedLevelOf } from '../../support/fake-level.ts';
import { makeMeasurement, withConfigOf } from '../../support/measurements.ts';
import { planOf, sampleCatalogue, sweepHeader, temporaryFolder } from '../../support/sweeps.ts';

const TRAIN_EXAMPLES = 50_000;
const SEED = 1_000_000;

const yaml = `# Question  which settings?
${sweepHeader}level: { metric: top5, value: 0.6 }
tune: { recipe.learningRate: [0.1, 0.2, 0.4], recipe.epochs: [4, 8] }
runs:
  - { network: resnet50, set: { recipe.batch: 64 } }
  - { network: vgg11, id: slow }
`;

/** The epochs to the level by network and learning rate. */
const EPOCHS_TO_LEVEL: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  resnet50: { 0.1: 7, 0.2: 3, 0.4: 5 },
  vgg11: { 0.1: 40, 0.2: 30, 0.4: 50 },
  alexnet: { 0.1: 4, 0.2: 3, 0.4: 5 },
};

function planSearch(text = yaml, options: Partial<SubjectOptions> = {}) {
  const dir = temporaryFolder();
  const file = join(dir, 'my-sweep.yaml');
  planOf(dir, text, 'my-sweep');
  const { plan, drafts } = expandSweep(openYaml(file), { catalogue: sampleCatalogue });
  const subjects = toSubjects(plan, drafts, { trainExamples: () => TRAIN_EXAMPLES, ...options });
  return { dir, file, plan, drafts, subjects };
}

/** Simulates the training of a run: writes a generated measurement of as many epochs as its budget allows into its folder. */
function measure(dir: string, { id, config, network, seed }: PlannedRun): void {
  const { epochs, learningRate } = config.recipe;
  const until = Math.min(epochs, (config.budget.examples ?? Infinity) / TRAIN_EXAMPLES);
  const options = {
    ...{ id, network, seed, epochs: until },
    epochsToLevel: EPOCHS_TO_LEVEL[network]![learningRate]!,
    level: fixedLevelOf(config.level),
    stopAtLevel: config.stopAt === 'level',
  };
  const ended = makeMeasurement(options);
  const isCut = ended.crossing === null && until < epochs;
  const folder = sweepPaths(dir).run(id);
  mkdirSync(folder, { recursive: true });
  const measurement = isCut ? makeMeasurement({ ...options, status: 'outOfBudget' }) : ended;
  writeFileSync(runPaths(folder).measurement, JSON.stringify(withConfigOf({ config }, measurement)));
}

/** A search with simulated trainings. It may be killed after a number of runs, and runs with one learning rate may fail. */
function job(
  { dir, plan, subjects }: ReturnType<typeof planSearch>,
  { killAfter = Infinity, failingRate }: { killAfter?: number; failingRate?: number } = {},
) {
  const trained: PlannedRun[] = [];
  const execute: SearchJob['execute'] = (round: SweepPlan) => {
    const failures = new Map<string, string>();
    for (const run of round.runs) {
      if (trained.length >= killAfter) return Promise.reject(new Error('killed'));
      trained.push(run);
      if (run.config.recipe.learningRate === failingRate) failures.set(run.id, 'it crashed');
      else measure(dir, run);
    }
    return Promise.resolve(failures);
  };
  const searchJob: SearchJob = {
    ...{ dir, plan, subjects, execute, seed: SEED },
    store: sweepPaths(dir).results,
    report: () => undefined,
  };
  return { searchJob, trained };
}

const statuses = ({ states }: Outcome) => states.map(({ status }) => status);

describe('search', () => {
  it('finds the settings with the least compute, and reports a network that never reaches the level', async () => {
    const at = planSearch();
    const { searchJob, trained } = job(at);
    const [resnet, vgg] = (await search(searchJob)) as [Outcome, Outcome];
    expect(resnet.winner?.trial.settings).toMatchObject({ 'recipe.learningRate': 0.2 });
    expect(vgg.winner).toBeUndefined();
    expect(vgg.chosen?.trial.settings).toMatchObject({ 'recipe.learningRate': 0.2 });
    expect(statuses(vgg).every((status) => status === 'dropped')).toBe(true);
    // All trials have the same seed, which is not a seed of the sweep's own runs.
    expect(new Set(trained.map(({ seed }) => seed))).toEqual(new Set([SEED]));
    expect(at.plan.runs.map(({ seed }) => seed)).not.toContain(SEED);
    const tables = trialsTable([resnet, vgg]) + outcomesTable([resnet, vgg]);
    expect(tables).toMatch(/slow +never reached the level: at most \d+\.\d % +top-5 60\.0 %/);
    expect(tables).toMatch(/resnet50 +reached the level +top-5 60\.0 % +learningRate 0\.2, epochs \d/);
  });

  it('gives every network the same number of epochs, and reports it if budgets differ', async () => {
    const outcomes = await search(job(planSearch()).searchJob);
    const [first, second] = outcomes.map(({ subject }) => subject.budgetEpochs);
    expect(first).toBe(second);
    for (const { spentEpochs, subject } of outcomes) expect(spentEpochs).toBeLessThanOrEqual(subject.budgetEpochs);
    expect(budgetNote(outcomes)).toMatch(/^The trials of each network train at most \d+ epochs together/);
    const different = yaml.replace('id: slow', 'id: slow, tune: { recipe.epochs: [4] }');
    expect(budgetNote(await search(job(planSearch(different)).searchJob))).toContain(
      'the budgets of the networks differ',
    );
  });

  it('starts fewer trials if all of them would need more than the budget', () => {
    const { subjects } = planSearch(yaml, { budget: 10 });
    for (const { budgetEpochs, trials } of subjects) {
      expect(budgetEpochs).toBeLessThanOrEqual(10);
      expect(trials.length).toBeGreaterThan(0);
      expect(trials.length).toBeLessThan(6);
    }
    expect(() => planSearch(yaml, { budget: 2 })).toThrow(/--budget is 2, expected at least 4/);
    expect(planSearch(yaml, { trials: 4 }).subjects.map(({ trials }) => trials.length)).toEqual([4, 4]);
  });

  it.each([1, 3, 7, 12])('resumes after a kill after %i trials, and trains none twice', async (killAfter) => {
    const whole = planSearch();
    const expected = searchSummary('x', SEED, await search(job(whole).searchJob));
    const at = planSearch();
    const first = job(at, { killAfter });
    await expect(search(first.searchJob)).rejects.toThrow('killed');
    const second = job(at);
    const found = await search(second.searchJob);
    expect(searchSummary('x', SEED, found)).toEqual(expected);
    const ids = [...first.trained, ...second.trained].map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    // A finished search trains nothing.
    const third = job(at);
    expect(searchSummary('x', SEED, await search(third.searchJob))).toEqual(expected);
    expect(third.trained).toEqual([]);
  });

  it('continues a trial from the checkpoints of its last rung, and removes checkpoints that are not needed any more', async () => {
    const at = planSearch();
    const { searchJob, trained } = job(at);
    const execute: SearchJob['execute'] = async (round) => {
      const failures = await searchJob.execute(round);
      for (const { id } of round.runs) mkdirSync(runPaths(sweepPaths(at.dir).run(id)).checkpoints);
      return failures;
    };
    const outcomes = await search({ ...searchJob, execute });
    const continued = trained.filter(({ continues }) => continues !== undefined);
    expect(continued.length).toBeGreaterThan(0);
    for (const { id, continues, config } of continued) {
      const before = trained.find((run) => run.id === continues)!;
      expect({ ...config, budget: {} }).toEqual({ ...before.config, budget: {} });
      expect(config.budget.examples ?? Infinity).toBeGreaterThan(before.config.budget.examples!);
      expect(id).not.toBe(continues);
    }
    const kept = trained.filter(({ id }) => existsSync(runPaths(sweepPaths(at.dir).run(id)).checkpoints));
    const ended = outcomes.flatMap(({ states }) => states.filter(({ status }) => status === 'reachedLevel'));
    expect(kept.map(({ id }) => id).sort()).toEqual(ended.map(({ runs }) => runs.at(-1)).sort());
  });

  it('lists a failed trial, and tries it again in the next search', async () => {
    const at = planSearch();
    const failing = job(at, { failingRate: 0.1 });
    const [resnet] = await search(failing.searchJob);
    expect(resnet?.states.filter(({ status }) => status === 'failed').map(({ why }) => why)).toEqual([
      'it crashed',
      'it crashed',
    ]);
    const again = job(at);
    const [found] = await search(again.searchJob);
    expect(found?.states.some(({ status }) => status === 'failed')).toBe(false);
    expect(again.trained.length).toBeGreaterThan(0);
  });

  it('tunes the network that sets the level first, and uses the level of its best trial', async () => {
    const anchored = yaml
      .replace('value: 0.6', 'anchor: alexnet')
      .replace('runs:\n', 'runs:\n  - { network: alexnet, tune: { recipe.learningRate: [0.1, 0.2] } }\n');
    const { searchJob, trained } = job(planSearch(anchored));
    const [alexnet, resnet] = (await search(searchJob)) as [Outcome, Outcome];
    expect(alexnet.subject.goal).toBe('finalAccuracy');
    expect(alexnet.winner?.trial.settings).toEqual({ 'recipe.learningRate': 0.2 });
    expect(resnet.level).toBe(alexnet.winner?.result?.lastAccuracy);
    const first = trained.findIndex(({ network }) => network !== 'alexnet');
    expect(trained.slice(first).every(({ network }) => network !== 'alexnet')).toBe(true);
    expect(trained[first]?.config.level).toMatchObject({ metric: 'top5', value: resnet.level });
    expect(trained[0]?.config).toMatchObject({ level: null, stopAt: 'end' });
  });

  it('refuses a level in another metric than that of its anchor', () => {
    const anchored = yaml
      .replace('value: 0.6', 'anchor: alexnet')
      .replace('runs:\n', 'runs:\n  - { network: alexnet, level: { metric: top1, value: 0.3 } }\n');
    expect(() => planSearch(anchored)).toThrow(
      /^resnet50 waits for the top5 of alexnet, which a search tunes for its own level in top1: use one metric for both$/,
    );
  });

  it('refuses a network without a level', () => {
    expect(() => planSearch(yaml.replace('level: { metric: top5, value: 0.6 }\n', ''))).toThrow(
      /resnet50 has no level/,
    );
  });

  it('names the key of a setting that the recipe does not have', () => {
    const wrong = yaml.replace('recipe.epochs: [4, 8]', 'recipe.epoch: [4]');
    expect(() => planSearch(wrong)).toThrow(
      /my-sweep\.yaml:7:\d+: recipe\.epoch.*unknown key "epoch".*did you mean "epochs"/,
    );
  });
});

describe('tunedSweep', () => {
  it('is the sweep with the best settings, which `sweep` accepts', async () => {
    const at = planSearch();
    const outcomes = await search(job(at).searchJob);
    const to = join(at.dir, 'out', 'my-sweep.yaml');
    const sweep = parse(yaml) as Record<string, unknown>;
    const comment = ['# Question  which settings?'];
    const base = { sweep, comment, from: at.file, to, drafts: at.drafts, outcomes, seed: SEED };
    const text = tunedSweep({ ...base, settings: [{ key: 'recipe.batch', value: 16 }] });
    expect(text).toContain('# Question  which settings?');
    expect(text).toContain('# slow: 6 trials; none reached the level of 60.0 %');
    const plan = planOf(join(at.dir, 'out'), text, 'my-sweep');
    expect(plan.runs.map(({ name, config: { recipe } }) => [name, recipe.learningRate, recipe.batch])).toEqual([
      ['resnet50', 0.2, 16],
      ['slow', 0.2, 16],
    ]);
    expect(text).not.toContain('tune');
  });

  it('lists the runs of a grid, and changes the paths of recipes for the new folder', async () => {
    const grid = `${sweepHeader.replace(/recipe: .*\n/, '')}level: { metric: top5, value: 0.6 }
tune: { recipe.learningRate: [0.1, 0.2] }
grid:
  networks: [resnet50, vgg11]
  recipes: { short: { from: base.yaml, epochs: 8 } }
  seeds: [4, 5]
`;
    const dir = temporaryFolder();
    writeFileSync(join(dir, 'base.yaml'), 'batch: 32\nepochs: 2\nlearningRate: 0.1\n');
    const file = join(dir, 'my-sweep.yaml');
    writeFileSync(file, grid);
    const { plan, drafts } = expandSweep(openYaml(file), { catalogue: sampleCatalogue });
    const subjects = toSubjects(plan, drafts, { trainExamples: () => TRAIN_EXAMPLES });
    const outcomes = await search(job({ dir, file, plan, drafts, subjects }).searchJob);
    const sweep = parse(grid) as Record<string, unknown>;
    const to = join(dir, 'a', 'b.yaml');
    const base = { sweep, comment: [], from: file, to, drafts, outcomes, settings: [], seed: SEED };
    mkdirSync(join(dir, 'a'));
    const tuned = planOf(join(dir, 'a'), tunedSweep(base), 'b');
    expect(
      tuned.runs.map(({ name, seed, config: { recipe } }) => [name, seed, recipe.learningRate, recipe.epochs]),
    ).toEqual([
      ['resnet50', 4, 0.2, 8],
      ['resnet50', 5, 0.2, 8],
      ['vgg11', 4, 0.2, 8],
      ['vgg11', 5, 0.2, 8],
    ]);
  });
});
