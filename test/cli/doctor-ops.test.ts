import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type OpsOptions, planOps } from '../../src/cli/doctor-ops.ts';
import type { DeviceResults } from '../../src/engine/device-check/results.ts';
import { doubletime } from '../support/cli.ts';
import { temporaryFolder } from '../support/training.ts';

let folder: ReturnType<typeof temporaryFolder>;
let reference: string;
beforeAll(() => {
  folder = temporaryFolder();
  reference = folder.at('reference.json');
  const made = doubletime(['doctor', '--ops', '--networks', 'squeezenet1_1', '--write-reference', reference]);
  expect(made.stdout, made.stderr).toMatch(/reference\.json: \d+ ops, 1 network, [\d.]+ [kM]B, \d+ s of computing\n$/);
});
afterAll(() => {
  folder.remove();
});

const check = (...args: readonly string[]) => doubletime(['doctor', '--ops', ...args]);
const read = (): DeviceResults => JSON.parse(readFileSync(reference, 'utf8')) as DeviceResults;

describe('doubletime doctor --ops', () => {
  it('compares this machine with a reference that was made with one thread, and finds a wrong op', () => {
    const page = folder.at('page.md');
    const same = check('--reference', reference, '--out', page);
    expect(same.stdout, same.stderr).toMatch(/^\d+ ops and the steps of 1 network agree .*; see .*page\.md\n$/);
    expect(same.status).toBe(0);
    expect(readFileSync(page, 'utf8')).toMatch(/^\| Conv2DBackpropFilter \| \d+ \| \S+ \| squeezenet1_1 /m);

    const wrong = read();
    const at = wrong.ops.findIndex(({ op }) => op === 'ReluGrad');
    wrong.opResults[at]!.outputs![0]!.sums[5]! += 1;
    const file = folder.at('wrong.json');
    writeFileSync(file, JSON.stringify(wrong));
    const found = check('--reference', file, '--json');
    expect(found.status).toBe(1);
    const { verdict, beyond } = JSON.parse(found.stdout) as { verdict: string; beyond: { listed: { op: string } }[] };
    expect(verdict).toMatch(/^1 of \d+ ops with a larger difference than 0\.0001, 0 failed$/);
    expect(beyond.map(({ listed }) => listed.op)).toEqual(['ReluGrad']);
  });

  it('keeps the networks that the file of a reference already has', () => {
    const before = readFileSync(reference, 'utf8');
    const again = check('--networks', 'squeezenet1_1', '--write-reference', reference);
    expect(again.stderr).toMatch(/reference\.json has 1 network, 0 left\n/);
    expect(again.stdout).toMatch(/reference\.json: \d+ ops, 1 network, [\d.]+ [kM]B, \d+ s of computing\n$/);
    expect(readFileSync(reference, 'utf8')).toBe(before);
  });

  it('does not overwrite a file that is no reference', () => {
    const file = folder.at('notes.txt');
    writeFileSync(file, 'notes');
    const { status, stderr } = check('--networks', 'squeezenet1_1', '--write-reference', file);
    expect(stderr).toMatch(
      /notes\.txt exists and is not a reference of this version: remove it, or choose another file/,
    );
    expect(status).toBe(73);
    expect(readFileSync(file, 'utf8')).toBe('notes');
  });

  it('says in one line that there is no GPU', () => {
    vi.stubEnv('CUDA_VISIBLE_DEVICES', '-1');
    const { status, stderr } = check('--gpu', '--reference', reference);
    vi.unstubAllEnvs();
    expect(stderr).toMatch(/^doubletime: the ops cannot be checked: .*GPU.*; how to fix it: [^\n]*\n$/);
    expect(status).toBe(69);
  });

  it('refuses options that need --ops', () => {
    const { status, stderr } = doubletime(['doctor', '--networks', 'resnet18']);
    expect(stderr).toMatch(/--networks has no effect without --ops: add --ops/);
    expect(status).toBe(64);
  });
});

describe('planOps', () => {
  const defaults = { gpu: false, json: false, tolerance: 1e-4 };
  const none = { networks: undefined, reference: undefined, writeReference: undefined, out: undefined };
  const plan = (options: Partial<OpsOptions>) => planOps({ ...defaults, ...none, ...options });

  it('takes all networks, or those that are named', () => {
    expect(plan({}).networks.length).toBeGreaterThan(30);
    expect(plan({ networks: 'resnet-18, vgg11,resnet18' }).networks).toEqual(['resnet18', 'vgg11']);
    expect(plan({ reference }).networks).toEqual(['squeezenet1_1']);
  });

  it.each([
    [{ networks: 'resnet1000' }, 78, /the network "resnet1000" does not exist/],
    [{ tolerance: 0 }, 64, /--tolerance is 0, expected a number above 0/],
    [{ out: 'page.txt' }, 64, /--out is page\.txt, expected a file name that ends with \.md or \.json/],
    [{ reference: 'missing.json' }, 66, /missing\.json/],
    [{ reference: 'package.json' }, 65, /package\.json is not a reference of this version: write it again/],
    [{ reference: 'README.md' }, 65, /README\.md is not complete JSON: write it again/],
    [{ out: 'missing/page.md' }, 73, /--out missing\/page\.md: the folder missing does not exist: create it/],
    [{ writeReference: 'missing/a.json' }, 73, /--write-reference missing\/a\.json: the folder missing does not exist/],
    [{ out: 'page.md', writeReference: 'b' }, 64, /--out has no effect with --write-reference: remove one of them/],
    [{ reference: 'a', writeReference: 'b' }, 64, /--reference and --write-reference are both given/],
  ])('says what is wrong with %o', (options, exitCode, message) => {
    expect(() => plan(options)).toThrow(
      expect.objectContaining({ exitCode, message: expect.stringMatching(message) as unknown }),
    );
  });

  it('refuses a network that the reference does not have', () => {
    const message = /--networks is .*resnet18.*, but .* lacks resnet18 \(it has squeezenet1_1/;
    expect(() => plan({ reference, networks: 'resnet18' })).toThrow(message);
  });
});
