import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { train } from '../../src/api/train.ts';
import { UserError } from '../../src/base/errors.ts';
import {
  encodeSafetensors,
  readSafetensors,
  toFloat32,
  type WritableTensor,
} from '../../src/base/files/safetensors.ts';
import { loadRun } from '../../src/config/load.ts';
import { validateMeasurement } from '../../src/results/validate/measurement.ts';
import { readProgress } from '../../src/results/progress.ts';
import { accuracyText } from '../../src/results/progress-text.ts';
import { ruleProblems } from '../../src/results/validate/rules.ts';
import { measurementText } from '../../src/results/store.ts';
import { exportInitialWeights } from '../../src/train/weights.ts';
import { resultLines } from '../../src/train/watch/reporter.ts';
import { composeTrend } from '../../src/trend/trend.ts';
import { writeImages, writeRun } from '../support/tiny-run.ts';
import { reproduciblePart } from '../support/training.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const choice = (classes: number) => ({ network: 'resnet9', options: { width: 0.125, classes } });
const run = (name: string, file: string, set: readonly string[] = [], extend = false) =>
  train({ run: file, dir: at(name), set, extend });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-initial-'));
  exportInitialWeights(choice(3), 7, at('w.safetensors'));
  exportInitialWeights(choice(1000), 7, at('imagenet.safetensors'));
  writeRun(at('scratch.yaml'), { movingAverage: { decay: 0.9 } });
  writeRun(at('given.yaml'), { movingAverage: { decay: 0.9 }, initialWeights: at('w.safetensors') });
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function failure(name: string, weights: string): Promise<UserError> {
  writeRun(at(`${name}.yaml`), { initialWeights: weights });
  try {
    await run(name, at(`${name}.yaml`));
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
  throw new Error('expected the run to fail');
}

it('shows the accuracy of the averaged weights as the progress and the result, since it is the one that counts', async () => {
  const data = {
    source: 'folder',
    path: writeImages(at('images')),
    trainExamples: undefined,
    validationExamples: undefined,
  };
  writeRun(at('learns.yaml'), { movingAverage: { decay: 0.9 }, learningRate: 0.05 }, { ...data, classes: undefined });
  const measured = await run('averaged', at('learns.yaml'));
  const last = measured.curve.at(-1)!;
  expect(last.averaged!.top1).not.toBe(last.top1);
  expect(readProgress(at('averaged'))).toMatchObject({ top1: last.averaged!.top1, top5: last.averaged!.top5 });
  expect(resultLines(measured)).toContain(`last evaluation: ${accuracyText('top1', last.averaged!.top1)}, `);
});

describe('recipe.initialWeights', () => {
  it('starts from the pretrained weights: the initial weights of seed 7 give the run of seed 7, with averaged weights too', async () => {
    const scratch = await run('scratch', at('scratch.yaml'), ['seed=7']);
    const given = await run('given-7', at('given.yaml'), ['seed=7']);
    expect(given.curve.map((point) => ({ ...point, trainingSeconds: 0 }))).toEqual(
      scratch.curve.map((point) => ({ ...point, trainingSeconds: 0 })),
    );
    const other = await run('scratch-8', at('scratch.yaml'), ['seed=8']);
    expect(other.curve[0]!.loss).not.toBe(scratch.curve[0]!.loss);
  });

  it('is recorded with its sha256 and a warning, and such a run is not an entry of the tracker', async () => {
    const measured = await run('given-7', at('given.yaml'), ['seed=7']);
    const { initialWeights } = measured.config['recipe'] as { initialWeights: { file: string; sha256: string } };
    expect(initialWeights).toEqual({
      file: at('w.safetensors'),
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
    });
    expect(measured.warnings?.join()).toContain(
      `w.safetensors (sha256 ${initialWeights.sha256}): the compute that trained them`,
    );
    expect(ruleProblems(measured).map(({ path }) => path.join('.'))).toContain('config.recipe.initialWeights');
    expect(measured.tracker!.entry).toBe(false);
    expect(measured.tracker!.mayNotUse.join()).toContain('weights that were trained before');
    const errors = validateMeasurement(measurementText(measured)).filter(({ kind }) => kind === 'error');
    expect(errors).toEqual([]);
    expect(() => composeTrend([measured], { levels: [0.1] })).toThrow(
      /every measurement is of a run from pretrained weights/,
    );
  });

  it('resumes to the same bits after a stop', async () => {
    const stopped = await run('stopped', at('given.yaml'), ['budget.examples=25']);
    expect(stopped.status).toBe('outOfBudget');
    const resumed = await run('stopped', at('given.yaml'), [], true);
    const whole = await run('whole', at('given.yaml'));
    expect(reproduciblePart(resumed)).toEqual(reproduciblePart(whole));
  });

  it('is identified by its content: a copy of the file gives the same run id', async () => {
    copyFileSync(at('w.safetensors'), at('copy.safetensors'));
    const whole = await run('whole', at('given.yaml'));
    const copied = await run('whole', at('given.yaml'), [`recipe.initialWeights=${at('copy.safetensors')}`]);
    expect(copied.id).toBe(whole.id);
  });

  it('refuses a file for another number of classes in one line', async () => {
    const { message, exitCode } = await failure('classes', at('imagenet.safetensors'));
    expect(exitCode).toBe(65);
    expect(message).toMatch(
      /does not fit the network; wrong shape or type: .*: the file is for 1000 classes, the dataset has 3$/,
    );
  });

  it('refuses a file of another network, naming what differs', async () => {
    exportInitialWeights({ network: 'shufflenet_v2_x0_5', options: { classes: 3 } }, 0, at('other.safetensors'));
    const { message } = await failure('other', at('other.safetensors'));
    expect(message).toMatch(/does not fit the network; missing: .* more; extra: .* more/);
    expect(message).not.toContain('\n');
  });

  it('refuses weights with invalid numbers', async () => {
    const { tensors } = readSafetensors(at('w.safetensors'));
    const broken = [...tensors].map(([name, tensor], index): [string, WritableTensor] => {
      if (tensor.dtype === 'I64') return [name, { shape: tensor.shape, values: BigInt64Array.of(0n) }];
      const values = toFloat32(name, tensor);
      return [name, { shape: tensor.shape, values: index === tensors.size - 1 ? values.fill(NaN) : values }];
    });
    writeFileSync(at('nan.safetensors'), Buffer.concat(encodeSafetensors(new Map(broken))));
    const { message } = await failure('nan', at('nan.safetensors'));
    expect(message).toMatch(/nan\.safetensors cannot be trained: NaN in /);
  });

  it('refuses a file that does not exist, with the place in the config', async () => {
    const { message, exitCode } = await failure('missing', at('nowhere.safetensors'));
    expect(exitCode).toBe(66);
    expect(message).toMatch(
      /missing\.yaml:1:\d+: recipe\.initialWeights: cannot read .*nowhere\.safetensors: the file does not exist/,
    );
  });

  it('refuses a file that has changed after the run was planned', () => {
    writeRun(at('planned.yaml'), { initialWeights: { file: at('w.safetensors'), sha256: '0'.repeat(64) } });
    expect(() => loadRun(at('planned.yaml'))).toThrow(/has changed after this run was planned/);
  });
});
