import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { FakeCheckout, lockFile } from './fake-checkout.ts';

const stateSchema = z.object({ asked: z.string(), kind: z.string(), folder: z.string() });

describe('npm run setup', () => {
  let checkout: FakeCheckout;
  beforeEach(() => {
    checkout = new FakeCheckout();
  });
  afterEach(() => {
    checkout.remove();
  });

  const state = () => stateSchema.parse(JSON.parse(readFileSync(join(checkout.home, 'setup.json'), 'utf8')));
  const callsOf = (name: string) => checkout.calls().filter((call) => call.startsWith(`${name} `));

  function expectSetUp(environment: Record<string, string> = {}): void {
    const { status, stderr } = checkout.setUp(environment);
    expect(stderr).toMatch(/setup: complete/);
    expect(status).toBe(0);
  }

  it('installs without install scripts, unpacks only what is needed, compiles, and cleans up', () => {
    expectSetUp();
    expect(callsOf('npm ci')).toHaveLength(1);
    expect(callsOf('npm ci')[0]).toContain('--ignore-scripts');
    const { folder, kind, asked } = state();
    expect({ kind, asked }).toEqual({ kind: 'cpu', asked: 'auto' });
    expect(readdirSync(folder).sort()).toEqual(['include', 'libtensorflow_cc.so.2', 'libtensorflow_framework.so.2']);
    expect(callsOf('c++').some((call) => call.includes(`-Wl,-rpath,${folder}`))).toBe(true);
    expect(readdirSync(join(checkout.home, 'tmp'))).toEqual([]);
    expect(existsSync(join(checkout.home, 'setup.lock'))).toBe(false);
  });

  it('skips a finished set-up without starting a command or using the network', () => {
    expectSetUp();
    const before = checkout.calls();
    for (const name of ['npm', 'c++', 'python3']) checkout.withoutCommand(name);
    expectSetUp();
    expect(checkout.calls()).toEqual(before);
  });

  it('installs again when the lock file has changed, and copies the addon without compiling', () => {
    expectSetUp();
    const compiled = callsOf('c++').length;
    checkout.write('package-lock.json', lockFile('sha512-second'));
    expectSetUp();
    expect(callsOf('npm ci')).toHaveLength(2);
    expect(callsOf('c++')).toHaveLength(compiled);
    const place = 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node';
    expect(existsSync(join(checkout.root, place))).toBe(true);
  });

  it('builds the addon again after a change of any of its sources, and only then', () => {
    expectSetUp();
    const compiled = callsOf('c++').length;
    const sources = ['context-options.cc', 'own-memory.cc', 'standard-error.cc', 'step-session.cc'];
    for (const [i, source] of sources.entries()) {
      const file = join('scripts/setup/native', source);
      checkout.write(file, `${readFileSync(join(checkout.root, file), 'utf8')}// changed\n`);
      expectSetUp();
      expect(callsOf('c++'), source).toHaveLength((i + 2) * compiled);
    }
    expectSetUp();
    expect(callsOf('c++')).toHaveLength((sources.length + 1) * compiled);
  });

  it('does not change a linked node_modules of another checkout', () => {
    expectSetUp();
    const other = join(checkout.root, 'other');
    mkdirSync(other);
    renameSync(join(checkout.root, 'node_modules'), join(other, 'node_modules'));
    checkout.link('node_modules', join(other, 'node_modules'));
    checkout.write('package-lock.json', lockFile('sha512-second'));
    expectSetUp();
    expect(callsOf('npm ci')).toHaveLength(1);
  });

  it('repeats a step that was killed, and does not use its partial files', async () => {
    // Runs as long as the set-up runs.
    checkout.command('c++', 'while kill -0 $PPID; do sleep 0.1; done\n');
    const { child, end } = checkout.startSetUp();
    while (callsOf('c++').length === 0) await sleep(20);
    child.kill('SIGKILL');
    await end;
    expect(existsSync(join(checkout.home, 'setup.lock'))).toBe(true);
    expect(existsSync(join(checkout.home, 'setup.json'))).toBe(false);
    checkout.command('c++', 'while [ $# -gt 0 ]; do [ "$1" = -o ] && echo built > "$2"; shift; done\n');
    expectSetUp();
    expect(readdirSync(join(checkout.home, 'tmp'))).toEqual([]);
  });

  it('removes the files of a killed download and downloads again', () => {
    const left = join(checkout.home, 'tmp', 'tensorflow-killed', 'whole', 'tensorflow');
    mkdirSync(left, { recursive: true });
    expectSetUp();
    expect(existsSync(left)).toBe(false);
  });

  it('downloads again if a library is missing', () => {
    expectSetUp();
    rmSync(join(state().folder, 'libtensorflow_framework.so.2'));
    expectSetUp();
    expect(existsSync(join(state().folder, 'libtensorflow_framework.so.2'))).toBe(true);
  });

  it('downloads again if a library is shorter than it was', () => {
    expectSetUp();
    const library = join(state().folder, 'libtensorflow_cc.so.2');
    const { size } = statSync(library);
    truncateSync(library, size - 1);
    expectSetUp();
    expect(statSync(library).size).toBe(size);
  });

  it('copies the addon again if a file of it is shorter than it was, and compiles it again if the copy is too', () => {
    expectSetUp();
    const compiled = callsOf('c++').length;
    const name = 'tfjs_binding.node';
    const used = join(checkout.root, 'node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8', name);
    const [key = ''] = readdirSync(join(checkout.home, 'addon'));
    for (const kept of [[], [join(checkout.home, 'addon', key, name)]]) {
      for (const file of [used, ...kept]) truncateSync(file, 1);
      expectSetUp();
      expect(readFileSync(used, 'utf8')).toBe('built\n');
      expect(callsOf('c++')).toHaveLength(kept.length === 0 ? compiled : 2 * compiled);
    }
  });

  it('fetches the images again if their pack is shorter than it was', () => {
    expectSetUp();
    const pack = join(checkout.home, 'data', 'cifar10.pack');
    truncateSync(pack, 1);
    expectSetUp();
    expect(readFileSync(pack, 'utf8')).toBe('images');
  });

  it('does not repeat a set-up of a version that recorded no sizes', () => {
    expectSetUp();
    const [key = ''] = readdirSync(join(checkout.home, 'addon'));
    for (const folder of [join(checkout.home, 'addon', key), join(state().folder, '..'), join(checkout.home, 'data')])
      rmSync(join(folder, 'sizes.json'));
    const before = checkout.calls();
    expectSetUp();
    expect(checkout.calls()).toEqual(before);
  });

  it('does everything once if three set-ups start at the same time', async () => {
    const setUps = [checkout.startSetUp(), checkout.startSetUp(), checkout.startSetUp()];
    const outcomes = await Promise.all(setUps.map(({ end }) => end));
    expect(outcomes.map(({ status }) => status)).toEqual([0, 0, 0]);
    expect(callsOf('npm ci')).toHaveLength(1);
    expect(callsOf('c++')).toHaveLength(4);
  });

  describe('DOUBLETIME_TENSORFLOW', () => {
    it('cuda unpacks TensorFlow and NVIDIA’s libraries next to each other, and is remembered', () => {
      checkout.addWheel('tensorflow', [
        'tensorflow/libtensorflow_cc.so.2',
        'tensorflow/libtensorflow_framework.so.2',
        'tensorflow/include/tensorflow/c/eager/c_api.h',
      ]);
      checkout.addWheel('nvidia-cudnn-cu12', ['nvidia/cudnn/lib/libcudnn.so.9', 'nvidia/cudnn/include/cudnn.h']);
      checkout.pin({ cpu: ['tensorflow-cpu'], cuda: ['tensorflow', 'nvidia-cudnn-cu12'] });
      expectSetUp({ DOUBLETIME_TENSORFLOW: 'cuda' });
      expect(state().kind).toBe('cuda');
      const nvidia = join(state().folder, '..', 'nvidia', 'cudnn');
      expect(existsSync(join(nvidia, 'lib', 'libcudnn.so.9'))).toBe(true);
      expect(existsSync(join(nvidia, 'include'))).toBe(false);
      expectSetUp();
      expect(state().kind).toBe('cuda');
      expectSetUp({ DOUBLETIME_TENSORFLOW: 'cpu' });
      expect(state().kind).toBe('cpu');
    });

    it('a folder is used unchanged, and the addon is built against it', () => {
      expectSetUp();
      const own = join(checkout.root, 'site-packages');
      mkdirSync(own);
      renameSync(state().folder, join(own, 'tensorflow'));
      expectSetUp({ DOUBLETIME_TENSORFLOW: own });
      expect(state()).toMatchObject({ kind: 'path', folder: join(own, 'tensorflow') });
      const rebuilt = callsOf('c++').slice(-4);
      const against = rebuilt.filter((call) => call.includes(`-Wl,-rpath,${join(own, 'tensorflow')}`));
      expect(against.map((call) => /(\w+)\.node/.exec(call)![1])).toEqual(['tfjs_binding', 'step_session', 'kernels']);
    });
  });
});
