import { appendFileSync, readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { train } from '../../../src/train/run.ts';
import { TensorBoardWriter } from '../../../src/train/watch/tensorboard.ts';
import { showsScalar } from '../../../src/train/watch/tensorboard-reader.ts';
import { runPython, whyNoPython } from '../../support/python.ts';
import { crashBeforeStep, temporaryFolder, testJob } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

type Shown = Record<string, [step: number, value: number][]>;
const why = whyNoPython('tensorboard');
const title = 'TensorBoard’s own reader';

/** What TensorBoard shows for a folder; both of its accumulators must agree. */
function shownIn(path: string): Shown {
  const { scalars, tensors } = runPython('read-tensorboard.py', path) as Record<string, Shown>;
  expect(tensors).toEqual(scalars);
  return scalars!;
}

/** Evaluations at every tenth step, where losses are written too, and at the end. */
const frequentEvaluations = { evaluateEvery: { examples: 100 }, 'recipe.schedule': { name: 'constant' } };
const boardOf = (run: string): string => join(folder.at(run), 'tensorboard');

describe.skipIf(why !== undefined)(why ? `${title} (skipped: ${why})` : title, () => {
  let whole: Shown;
  beforeAll(async () => {
    await train(testJob(folder.at('whole'), frequentEvaluations));
    whole = shownIn(boardOf('whole'));
  });

  it('shows every tenth loss and every evaluation of a run once', () => {
    const steps = (tag: string) => whole[tag]!.map(([step]) => step);
    expect(steps('training/loss')).toEqual([10, 20, 30, 40]);
    expect(steps('validation/loss')).toEqual([10, 20, 30, 40, 48]);
    expect(steps('compute/flops')).toEqual([10, 20, 30, 40, 48]);
  });

  it('shows the same for a run that crashed four times, once at an evaluation', async () => {
    for (const step of [10, 17, 30, 30]) await crashBeforeStep(folder.at('crashed'), step, frequentEvaluations);
    await train(testJob(folder.at('crashed'), frequentEvaluations));
    expect(readdirSync(boardOf('crashed'))).toHaveLength(5);
    expect(shownIn(boardOf('crashed'))).toEqual(whole);
  });

  it('shows the same for a run that was extended at its last step', async () => {
    const run = folder.at('extended');
    await train(testJob(run, { ...frequentEvaluations, budget: { examples: 200 } }));
    expect(shownIn(boardOf('extended'))['validation/loss']!.at(-1)![0]).toBe(20);
    await train({ ...testJob(run, { ...frequentEvaluations, budget: { examples: 300 } }), extend: true });
    await train({ ...testJob(run, frequentEvaluations), extend: true });
    expect(shownIn(boardOf('extended'))).toEqual(whole);
  });

  it('shows an evaluation whose record was lost after its checkpoint', async () => {
    await crashBeforeStep(folder.at('lost'), 20, frequentEvaluations);
    const [file] = readdirSync(boardOf('lost'));
    const path = join(boardOf('lost'), file!);
    truncateSync(path, statSync(path).size - 5);
    expect(shownIn(boardOf('lost'))['validation/loss']!.map(([step]) => step)).toEqual([10]);
    await train(testJob(folder.at('lost'), frequentEvaluations));
    expect(shownIn(boardOf('lost'))).toEqual(whole);
  });

  it('shows the same if a process crashed while it wrote a record', async () => {
    await crashBeforeStep(folder.at('torn'), 25, frequentEvaluations);
    const [file] = readdirSync(boardOf('torn'));
    appendFileSync(join(boardOf('torn'), file!), Buffer.from('4100000000000000aabb', 'hex'));
    await train(testJob(folder.at('torn'), frequentEvaluations));
    expect(shownIn(boardOf('torn'))).toEqual(whole);
  });
});

describe('showsScalar', () => {
  it('finds a value by step and tag', () => {
    const own = temporaryFolder();
    const writer = new TensorBoardWriter(own.path, 0);
    writer.scalars(300, { 'validation/loss': 1, 'validation/top1': 0.5 });
    writer.close();
    expect(showsScalar(own.path, 300, 'validation/top1')).toBe(true);
    expect(showsScalar(own.path, 300, 'validation/top')).toBe(false);
    expect(showsScalar(own.path, 301, 'validation/top1')).toBe(false);
    own.remove();
  });

  it('respects later START events, which remove everything from their first step on', () => {
    const own = temporaryFolder();
    new TensorBoardWriter(own.path, 0).scalars(20, { loss: 1 });
    new TensorBoardWriter(own.path, 20).close();
    expect(showsScalar(own.path, 20, 'loss')).toBe(true);
    new TensorBoardWriter(own.path, 19).close();
    expect(showsScalar(own.path, 20, 'loss')).toBe(false);
    own.remove();
  });
});
