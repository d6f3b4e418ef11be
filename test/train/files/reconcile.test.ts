import { readFileSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { configError } from '../../../src/base/errors.ts';
import type { Measurement } from '../../../src/results/measurement.ts';
import { Checkpoints } from '../../../src/train/files/checkpoints.ts';
import { train } from '../../../src/train/run.ts';
import { crashBeforeStep, failureOf, reproduciblePart, temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

describe('a config that has changed', () => {
  it('is refused with every difference', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const changed = testJob(folder.at('run'), { 'recipe.learningRate': 0.1, seed: 3 });
    const error = await failureOf(changed);
    expect(error.exitCode).toBe(78);
    expect(error.message).toContain('recipe.learningRate: 0.5 -> 0.1; seed: 0 -> 3');
    expect(changed.engines).toEqual([]);
  });

  it('is refused if the precision differs; a run that was started without a precision has float32', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const error = await failureOf(testJob(folder.at('run'), { 'recipe.precision': 'bfloat16' }));
    expect(error.exitCode).toBe(78);
    expect(error.message).toContain('recipe.precision: "float32" -> "bfloat16"');
    const before = JSON.parse(readFileSync(folder.at('run/config.json'), 'utf8')) as { recipe: { precision?: string } };
    delete before.recipe.precision;
    writeFileSync(folder.at('run/config.json'), JSON.stringify(before));
    const resumed = testJob(folder.at('run'));
    expect(reproduciblePart(await train(resumed))).toEqual(reproduciblePart(await train(testJob(folder.at('whole')))));
  });

  it('is accepted if the run failed before its first step, and applies from then on', async () => {
    const refused = testJob(folder.at('run'), { 'network.width': 3 });
    const createEngine = () => {
      throw configError('resnet18: too wide');
    };
    expect((await failureOf({ ...refused, createEngine })).message).toBe('resnet18: too wide');
    const corrected = { 'network.width': 2 };
    await crashBeforeStep(folder.at('run'), 7, corrected);
    const { yaml } = testJob(folder.at('run'), corrected);
    expect(readFileSync(folder.at('run/run.yaml'), 'utf8')).toBe(yaml);
    const other = await failureOf(testJob(folder.at('run'), { 'network.width': 1 }));
    expect(other.exitCode).toBe(78);
    expect(other.message).toContain('network.width: 2 -> 1');
  });

  it('is accepted if only execution differs', async () => {
    await crashBeforeStep(folder.at('run'), 17);
    const job = testJob(folder.at('run'), { 'execution.workers': 7, 'execution.logLevel': 'warn' });
    expect(reproduciblePart(await train(job))).toEqual(reproduciblePart(await train(testJob(folder.at('whole')))));
  });

  const extended = (set: object) => ({ ...testJob(folder.at('run'), { ...set }), extend: true });

  it('with --extend, a run that stopped at its level trains to the end as if it had never stopped', async () => {
    const level = { metric: 'top1', value: 0.01 };
    const short = await train(testJob(folder.at('run'), { level, stopAt: 'level' }));
    expect(short.totals.steps).toBe(10);
    const longer = testJob(folder.at('run'), { level });
    expect((await failureOf(longer)).message).toContain('to extend the run, add --extend');
    const measurement = await train(extended({ level }));
    expect(reproduciblePart(measurement)).toEqual(
      reproduciblePart(await train(testJob(folder.at('whole'), { level }))),
    );
    const kept = JSON.parse(readFileSync(folder.at('run/measurement.json.before-1'), 'utf8')) as Measurement;
    expect(kept).toEqual(short);
  });

  it('with --extend, a finished run gets more epochs if its schedule does not depend on their number', async () => {
    const constant = { 'recipe.schedule': { name: 'constant' } };
    await train(testJob(folder.at('run'), constant));
    const more = { ...constant, 'recipe.epochs': 10 };
    const measurement = await train(extended(more));
    expect(reproduciblePart(measurement)).toEqual(reproduciblePart(await train(testJob(folder.at('whole'), more))));
  });

  it('with --extend to another metric, the best checkpoint is the best in that metric', async () => {
    const metric = (name: string, epochs: number) => ({
      ...{
        'data.classes': 6,
        'recipe.learningRate': 2,
        'recipe.schedule': { name: 'constant' },
        'recipe.epochs': epochs,
      },
      level: { metric: name, value: 1, rule: { strict: true } },
    });
    const checkpoints = new Checkpoints(folder.at('run/checkpoints'));
    await train(testJob(folder.at('run'), metric('top1', 5)));
    const kept = checkpoints.bestStep()!;
    const { curve } = await train(extended(metric('top5', 10)));
    const candidates = curve.filter(({ steps }) => steps === kept || steps > 48);
    const best = curve.find(({ steps }) => steps === checkpoints.bestStep())!;
    expect(best.top5).toBe(Math.max(...candidates.map(({ top5 }) => top5)));
  });

  it('with --extend after a budget, a warning names the evaluation that a longer run does not have', async () => {
    await train(testJob(folder.at('run'), { 'budget.examples': 130 }));
    const { warnings, curve } = await train(extended({ 'budget.examples': 400 }));
    expect(curve[1]!.steps).toBe(13);
    expect(warnings).toEqual([
      expect.stringMatching(/^the run was extended: .* where it ended before \(after step 13\)/) as string,
    ]);
  });

  it('with --extend, more epochs are refused if the schedule depends on their number', async () => {
    await train(testJob(folder.at('run')));
    const error = await failureOf(extended({ 'recipe.epochs': 10 }));
    expect(error.exitCode).toBe(78);
    expect(error.message).toContain('recipe.epochs: 5 -> 10');
  });
});
