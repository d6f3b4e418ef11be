import { writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { entry, startProgram } from '../../support/processes.ts';
import { temporaryFolder } from '../../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
beforeAll(() => {
  folder = temporaryFolder();
});
afterAll(() => {
  folder.remove();
});

const yaml = `question: How long?
data: { source: synthetic, input: 16, classes: 4, trainExamples: 320, validationExamples: 64 }
recipe: { batch: 32, epochs: 2, learningRate: 0.05 }
seeds: [0, 1]
runs: [{ network: { name: resnet18, stem: small, width: 0.05 } }]
`;

const planned = z.object({
  runs: z.array(
    z.object({
      seconds: z.number(),
      steps: z.number(),
      timing: z.object({
        startSeconds: z.number(),
        stepSeconds: z.number(),
        evaluationSecondsPerExample: z.number(),
      }),
    }),
  ),
  workers: z.number(),
  sweepSeconds: z.number(),
});

const plan = (text: string, ...options: string[]) => {
  const file = folder.at('timed.yaml');
  writeFileSync(file, text);
  return startProgram(process.execPath, [entry, 'plan', file, ...options]).ended;
};

describe('plan --measure', () => {
  it('times each network once, with as many processes at a time as the sweep has workers', async () => {
    const { code, out, err } = await plan(yaml, '--measure', '--workers', '2', '--json');
    expect([code, err]).toEqual([0, 'timing resnet18 (1 of 1)\n']);
    const { runs, workers, sweepSeconds } = planned.parse(JSON.parse(out));
    const [first, second] = runs;
    expect(second!.timing).toEqual(first!.timing);
    const { startSeconds, stepSeconds, evaluationSecondsPerExample } = first!.timing;
    for (const seconds of Object.values(first!.timing)) expect(seconds).toBeGreaterThan(0);
    expect(first!.seconds).toBeCloseTo(startSeconds + 20 * stepSeconds + 2 * 64 * evaluationSecondsPerExample, 6);
    expect([workers, sweepSeconds]).toEqual([2, first!.seconds]);
  });

  const size = ['--classes', '4', '--train-examples', '320', '--validation-examples', '64'];
  it.each([
    ['training images', 'source: synthetic, input: 32, classes: 4', []],
    ['made-up images, if the dataset is missing', 'source: folder, path: /nowhere/images, input: 32', size],
  ])('times a network whose initial weights are computed from %s', async (_, source, options) => {
    const airbench = yaml
      .replace('resnet18, stem: small', 'airbench94')
      .replace('source: synthetic, input: 16, classes: 4', source)
      .replace(/trainExamples: 320, validationExamples: 64/, options.length > 0 ? '' : '$&');
    const { code, out, err } = await plan(airbench, '--measure', '--json', ...options);
    expect([code, err]).toEqual([0, expect.stringContaining('timing airbench94 (1 of 1)')]);
    expect(planned.parse(JSON.parse(out)).runs[0]!.timing.stepSeconds).toBeGreaterThan(0);
  });

  it('times evaluations of larger images, also made-up ones', async () => {
    const larger = yaml
      .replace('source: synthetic, input: 16, classes: 4', 'source: folder, path: /nowhere/images, input: 16')
      .replace(/, trainExamples: 320, validationExamples: 64/, '')
      .replace('learningRate: 0.05', 'learningRate: 0.05, augmentation: { evaluationInput: 32 }');
    const { code, out } = await plan(larger, '--measure', '--json', ...size);
    expect(code).toBe(0);
    expect(planned.parse(JSON.parse(out)).runs[0]!.timing.evaluationSecondsPerExample).toBeGreaterThan(0);
  });

  it('says which dataset is missing on this machine', async () => {
    const missing = yaml.replace(
      'source: synthetic, input: 16, classes: 4',
      'source: folder, path: /nowhere/images, input: 16',
    );
    const { code, err } = await plan(missing, '--measure');
    expect(code).toBe(66);
    expect(err).toMatch(/^doubletime: the dataset \/nowhere\/images does not exist on this machine: state its size/);
  });

  it('names in one line why a network cannot be timed', async () => {
    const grouped = `mode: eager\n${yaml.replace('resnet18, stem: small, width: 0.05', 'shufflenet_v1_x0_5_g3, stem: small')}`;
    const file = folder.at('grouped.yaml');
    writeFileSync(file, grouped);
    const command = [entry, 'plan', file, '--measure', '--workers', '1'];
    const { code, err } = await startProgram(process.execPath, command, { TF_ENABLE_ONEDNN_OPTS: '0' }).ended;
    expect(code).toBe(69);
    expect(err.trimEnd().split('\n').slice(1)).toEqual([
      expect.stringMatching(
        /^doubletime: shufflenet_v1_x0_5_g3 cannot be timed: TensorFlow has no kernel for the gradient of a grouped/,
      ),
    ]);
  });

  it('names the signal of a timing process that was killed', async () => {
    const file = folder.at('killed.yaml');
    writeFileSync(file, yaml);
    const module = folder.at('die.mjs');
    writeFileSync(module, "if (process.argv[2] === 'time-run') process.kill(process.pid, 'SIGABRT');\n");
    const command = [entry, 'plan', file, '--measure', '--workers', '1'];
    const { code, err } = await startProgram(process.execPath, command, { NODE_OPTIONS: `--import=${module}` }).ended;
    expect(code).toBe(69);
    expect(err).toContain('resnet18 cannot be timed: the timing process was killed by SIGABRT and no message');
  });

  it.each([
    [['--measure', '--flop-per-second', '1e9'], /--flop-per-second and --measure are both given: remove one of them/],
    [['--measure', '--measured', '.'], /--measured and --measure are both given/],
    [['--workers', '0'], /--workers is 0, expected a whole number from 1 to 1024/],
  ])('refuses %j', async (options, message) => {
    const { code, err } = await plan(yaml, ...options);
    expect(code).toBe(64);
    expect(err).toMatch(message);
  });
});
