import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { packageFile, packageRoot } from '../../src/base/files/home.ts';

async function runScript(script: string, args: readonly string[]) {
  const words = ['--import', 'tsx', packageFile(`scripts/${script}.ts`), ...args];
  const child = spawn(process.execPath, words, { cwd: packageRoot, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const errors = await text(child.stderr);
  return { status: await ended, errors: errors.trim() };
}

const refused = [
  {
    script: 'bench/step/bench-step',
    args: '--rounds 0',
    message: 'bench-step: --rounds is 0, expected a whole number above 0',
    expected: 64,
  },
  {
    script: 'bench/step/bench-step',
    args: '--networks resnet18:x',
    message: /--networks resnet18 is x, expected a whole number above 0/,
    expected: 64,
  },
  {
    script: 'bench/step/bench-step',
    args: '--networks resnet19',
    message: /^bench-step: the network "resnet19" does not exist/,
    expected: 78,
  },
  {
    script: 'bench/step/bench-step',
    args: '--torch /missing/python',
    message: /^bench-step: --torch \/missing\/python does not exist/,
    expected: 66,
  },
  {
    script: 'bench/profile-step',
    args: '--network resnet19',
    message: /^profile-step: the network "resnet19" does not exist/,
    expected: 78,
  },
  {
    script: 'bench/profile-step',
    args: '--network resnet18 --batch 1.5',
    message: /^profile-step: --batch is 1.5, expected/,
    expected: 64,
  },
  {
    script: 'bench/data/bench-data',
    args: '--rounds many',
    message: /^bench-data: --rounds is not a number, expected/,
    expected: 64,
  },
  {
    script: 'bench/precision/bench-precision',
    args: '--seeds 0',
    message: /^bench-precision: --seeds is 0, expected/,
    expected: 64,
  },
  {
    script: 'bench/precision/bench-precision',
    args: '--epochs -1',
    message: /^bench-precision: --epochs is -1, expected a number above 0/,
    expected: 64,
  },
  {
    script: 'bench/precision/gradient-error',
    args: '--steps 0',
    message: /^gradient-error: --steps is 0, expected/,
    expected: 64,
  },
  {
    script: 'bench/data/bench-data',
    args: '--workers 0',
    message: /^bench-data: --workers is 0, expected/,
    expected: 64,
  },
  {
    script: 'bench/data/bench-data',
    args: '--full /missing',
    message: /^bench-data: \/missing is not a folder: expected JPEGs/,
    expected: 66,
  },
  { script: 'bench/bench-sweep', args: '--runs many', message: /^bench-sweep: --runs is many, expected/, expected: 64 },
  { script: 'bench/bench-sweep', args: '--run 5', message: /^bench-sweep: Unknown option '--run'/, expected: 64 },
  {
    script: 'bench/bench-overhead',
    args: '--part big',
    message: /^bench-overhead: --part is big, expected one of/,
    expected: 64,
  },
  { script: 'bench/bench-start', args: '--fast', message: /^bench-start: Unknown option '--fast'/, expected: 64 },
  {
    script: 'audit/interval-coverage',
    args: '--trials 0',
    message: /^interval-coverage: --trials is 0, expected/,
    expected: 64,
  },
  { script: 'audit/audit-gpu', args: '--table', message: /^audit:gpu: Unknown option '--table'/, expected: 64 },
  { script: 'parity/parity', args: 'missing.json', message: /^parity: cannot read missing\.json/, expected: 65 },
  {
    script: 'bundle/bundle',
    args: '--out /tmp/new --level ten',
    message: /^bundle: --level is not a number, expected a number from 0 to 9/,
    expected: 64,
  },
  { script: 'audit/compare-xla', args: 'resnet18:0', message: /^compare-xla: /, expected: 64 },
  { script: 'parity/study-torch', args: '--seeds 3', message: /^study-torch: --torch is missing/, expected: 64 },
  {
    script: 'stress/stress-kill',
    args: '--kills none',
    message: /^stress-kill: --kills is none, expected/,
    expected: 64,
  },
  {
    script: 'stress/try-gpu',
    args: '--device tpu',
    message: 'try-gpu: --device is tpu, expected gpu or cpu',
    expected: 64,
  },
  { script: 'stress/try-bundle', args: '--gpu 90', message: /^try-bundle: Unknown option '--gpu'/, expected: 64 },
];

describe('a script', () => {
  it.concurrent.each(refused)(
    'refuses wrong options in one line: $script $args',
    async ({ script, args, message, expected }) => {
      const { status, errors } = await runScript(script, args.split(' '));
      expect(errors).toMatch(message);
      expect(errors.split('\n')).toHaveLength(1);
      expect(status).toBe(expected);
    },
  );
});
