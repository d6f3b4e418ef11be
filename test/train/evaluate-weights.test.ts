import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { train } from '../../src/api/train.ts';
import { ExitCode } from '../../src/base/errors.ts';
import { encodeSafetensors, readSafetensors, toFloat32 } from '../../src/base/files/safetensors.ts';
import type { Measurement } from '../../src/results/measurement.ts';
import { evaluateWeights, type EvaluationRequest } from '../../src/train/evaluate-weights.ts';
import { exportRunWeights } from '../../src/train/weights.ts';
import { doubletime } from '../support/cli.ts';
import { writeImages, writeRun } from '../support/tiny-run.ts';

let folder = '';
const at = (name: string): string => join(folder, name);
const ignore = (): void => undefined;
let measured: Measurement;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-evaluate-'));
  writeImages(at('images'));
  const data = {
    source: 'folder',
    path: at('images'),
    classes: undefined,
    trainExamples: undefined,
    validationExamples: undefined,
  };
  writeRun(at('run.yaml'), {}, data);
  measured = await train({ run: at('run.yaml'), dir: at('run') });
  exportRunWeights(at('run'), false, at('w.safetensors'), ignore);
});
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const request = (more: Partial<EvaluationRequest> = {}): EvaluationRequest => ({
  network: 'resnet9',
  options: { width: 0.125 },
  weights: at('w.safetensors'),
  data: { source: 'folder', path: at('images') },
  input: 32,
  batch: 5,
  warn: ignore,
  ...more,
});

describe('evaluateWeights', () => {
  it('gives the result of the last evaluation of a run for its weights, to the last bit', async () => {
    const last = measured.curve.at(-1)!;
    const result = await evaluateWeights(request());
    expect([result.top1.fraction, result.top5.fraction, result.loss]).toEqual([last.top1, last.top5, last.loss]);
    expect(result.examples).toBe(15);
    expect(result.data).toMatchObject({ source: 'folder', classes: 3, sha256: measured.data.sha256 });
    expect(result.forwardMacsPerExample).toBe(measured.counts.forwardMacsPerExample);
  });

  it('does not depend on the batch size, even if the last batch is smaller', async () => {
    const [one, other] = [await evaluateWeights(request()), await evaluateWeights(request({ batch: 4 }))];
    expect(other.top1).toEqual(one.top1);
    expect(other.loss).toBeCloseTo(one.loss!, 5);
  });

  it('removes the prefix of a wrapper and reports it, and a resize changes the images', async () => {
    const tensors = [...readSafetensors(at('w.safetensors')).tensors].flatMap(([name, tensor]) =>
      tensor.dtype === 'F32'
        ? [[`module.${name}`, { shape: tensor.shape, values: toFloat32(name, tensor) }] as const]
        : [],
    );
    writeFileSync(at('wrapped.safetensors'), Buffer.concat(encodeSafetensors(new Map(tensors))));
    const own = await evaluateWeights(request());
    const wrapped = await evaluateWeights(request({ weights: at('wrapped.safetensors') }));
    expect(wrapped.weights.prefixRemoved).toBe('module.');
    expect(wrapped.loss).toBe(own.loss);
    expect((await evaluateWeights(request({ resize: 40 }))).loss).not.toBe(own.loss);
  });

  it('refuses a resize below the input size as a wrong command line', async () => {
    await expect(evaluateWeights(request({ resize: 4 }))).rejects.toMatchObject({
      message: expect.stringMatching(/^--resize is 4, expected at least the input size/) as string,
      exitCode: ExitCode.usage,
    });
  });

  it('refuses a number of classes that the dataset does not have', async () => {
    await expect(evaluateWeights(request({ options: { width: 0.125, classes: 5 } }))).rejects.toThrow(
      /--classes is 5, but .*images has 3 classes/,
    );
  });
});

describe('doubletime evaluate', () => {
  const evaluate = (...args: string[]) =>
    doubletime(['evaluate', 'resnet9', '--weights', at('w.safetensors'), '--data', at('images'), ...args]);

  it('prints accuracies with their counts, or JSON', async () => {
    const { top1, top5 } = await evaluateWeights(request());
    const text = evaluate('--width', '0.125', '--input', '32', '--batch', '5');
    expect(text.stderr).toMatch(/evaluated: 15 of 15\n$/);
    expect(text.stdout).toContain(`top-1  ${top1.correct} of 15, ${(top1.fraction * 100).toFixed(1)} %`);
    const json = evaluate('--width', '0.125', '--input', '32', '--batch', '5', '--json');
    expect(JSON.parse(json.stdout)).toMatchObject({ network: 'resnet9', top1, top5, examples: 15, batch: 5 });
  });

  it('ends with one line and 65 if the file does not fit', () => {
    const { status, stdout, stderr } = evaluate('--input', '32');
    expect([status, stdout]).toEqual([65, '']);
    expect(stderr).toMatch(/^doubletime: .*w\.safetensors does not fit the network; wrong shape or type: [^\n]*\n$/);
  });
});
