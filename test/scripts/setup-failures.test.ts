import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeCheckout } from './fake-checkout.ts';

/** A port of this machine without a listener. */
const NO_SERVER = 'http://127.0.0.1:9/';

describe('a failed set-up prints in one line what is missing and how to fix it', () => {
  let checkout: FakeCheckout;
  beforeEach(() => {
    checkout = new FakeCheckout();
  });
  afterEach(() => {
    checkout.remove();
  });

  /** Expects a failure with matching last line. After `repair`, expects the same set-up to succeed. */
  function expectFailure(environment: Record<string, string>, what: RegExp, fix: RegExp, repair?: () => void): void {
    const { status, stderr } = checkout.setUp(environment);
    const last = stderr.trim().split('\n').at(-1) ?? '';
    expect(last).toMatch(what);
    expect(last).toMatch(fix);
    expect(stderr).not.toMatch(/^\s+at /m);
    expect(status).toBe(1);
    repair?.();
    if (repair) expect(checkout.setUp().stderr).toMatch(/setup: complete; check it with/);
  }

  it('Node too old', () => {
    const checks = fileURLToPath(new URL('../../scripts/setup/checks.mjs', import.meta.url));
    const script = `import { checkNode } from ${JSON.stringify(checks)}; checkNode(process.argv[1])`;
    const check = (version: string) =>
      spawnSync(process.execPath, ['--input-type=module', '-e', script, version], {
        encoding: 'utf8',
      });
    expect(check('v20.18.3').stderr).toMatch(/Node v20\.18\.3 is too old: 20\.19.*install/);
    expect(check('v18.20.0').status).toBe(1);
    expect(check('v20.19.0').status).toBe(0);
    expect(check('v22.0.0').status).toBe(0);
  });

  it('no npm', () => {
    checkout.withoutCommand('npm');
    expectFailure({}, /npm was not found on PATH/, /apt-get install -y npm/);
  });

  it('no network for npm, with the message of the real npm', () => {
    const npm = spawnSync('sh', ['-c', 'command -v npm'], { encoding: 'utf8' }).stdout.trim();
    checkout.command('npm', `export PATH="$PATH:${join(process.execPath, '..')}"\nexec ${npm} "$@"\n`);
    const environment = { npm_config_registry: NO_SERVER, npm_config_fetch_retries: '0' };
    expectFailure(environment, /npm packages cannot be fetched: no network/, /npm run setup/);
  });

  it('an npm package with another hash', () => {
    checkout.command('npm', 'echo "npm error code EINTEGRITY"; exit 1\n');
    expectFailure({}, /does not have the hash/, /npm cache clean/);
  });

  it('no Python', () => {
    checkout.withoutCommand('python3');
    expectFailure({}, /no Python found/, /apt-get install -y python3 python3-pip/);
  });

  it('Python too old', () => {
    checkout.command('python3', 'echo python 3 8\n');
    expectFailure({}, /Python 3\.8: 3\.9 or later is needed/, /DOUBLETIME_PYTHON=/);
  });

  it('no pip', () => {
    checkout.command('python3', '[ "$1" = -m ] && { echo "No module named pip"; exit 1; }\necho python 3 11\n');
    expectFailure({}, /has no pip/, /apt-get install -y python3-pip/);
  });

  it('no network for pip, with the message of the real pip', () => {
    checkout.useRealPip();
    const environment = { PIP_NO_INDEX: '0', PIP_INDEX_URL: NO_SERVER, PIP_RETRIES: '0' };
    const noSource = { ...environment, PIP_FIND_LINKS: '' };
    const repair = () => undefined;
    expectFailure(noSource, /cannot be downloaded: no network/, /npm run setup/, repair);
  });

  it('a wheel with another hash, with the message of the real pip', () => {
    checkout.useRealPip();
    const file = join(checkout.root, 'scripts/setup/pins.json');
    const pins = readFileSync(file, 'utf8');
    writeFileSync(file, pins.replace(checkout.hashOf('tensorflow-cpu'), 'ab'.repeat(32)));
    const repair = () => {
      writeFileSync(file, pins);
    };
    expectFailure({}, /does not have the pinned hash/, /pip cache purge/, repair);
  });

  it('a wheel without one of the libraries', () => {
    checkout.addWheel('tensorflow-cpu', ['tensorflow/libtensorflow_cc.so.2']);
    checkout.pin({ cpu: ['tensorflow-cpu'] });
    expectFailure({}, /could not be unpacked/, /npm run setup/);
  });

  it('no disk space', () => {
    checkout.pin({ cpu: ['tensorflow-cpu'] }, 1e9);
    const repair = () => {
      checkout.pin({ cpu: ['tensorflow-cpu'] });
    };
    expectFailure({}, /not enough disk space.* 1000000000 GB are needed/, /free some space/, repair);
  });

  it('a platform without wheels', () => {
    checkout.pinPlatforms({ 'plan9-mips': {} });
    expectFailure({}, /no TensorFlow is published for .*plan9-mips/, /DOUBLETIME_TENSORFLOW=/);
  });

  it('no CUDA wheel for the platform', () => {
    const environment = { DOUBLETIME_TENSORFLOW: 'cuda' };
    expectFailure(environment, /no TensorFlow with CUDA/, /DOUBLETIME_TENSORFLOW=cpu/);
  });

  it('a folder without TensorFlow', () => {
    const environment = { DOUBLETIME_TENSORFLOW: checkout.wheels };
    expectFailure(
      environment,
      /DOUBLETIME_TENSORFLOW is .*, expected cpu, cuda, auto, or a folder with libtensorflow/,
      /site-packages/,
    );
  });

  it('no compiler', () => {
    checkout.withoutCommand('c++');
    expectFailure({}, /no C\+\+ compiler found/, /apt-get install -y g\+\+/);
  });

  it('a compiler that fails', () => {
    checkout.command('c++', 'echo "x.cc:1: fatal error: cstdio: No such file"; exit 1\n');
    expectFailure({}, /could not be compiled.*cstdio: No such file/, /apt-get install -y g\+\+/);
  });

  it('a TensorFlow that cannot be loaded', () => {
    checkout.write('scripts/setup/probe.mjs', 'throw new Error("version GLIBC_2.99 not found")');
    expectFailure({}, /cannot be loaded: .*GLIBC_2\.99 not found/, /DOUBLETIME_TENSORFLOW=/);
    expect(existsSync(join(checkout.home, 'setup.json'))).toBe(false);
  });

  it('a CPU without the needed instructions', () => {
    checkout.write('scripts/setup/probe.mjs', 'process.kill(process.pid, "SIGILL")');
    expectFailure({}, /this CPU lacks instructions/, /DOUBLETIME_TENSORFLOW=/);
  });

  it('no images', () => {
    checkout.write('src/cli/doubletime.mjs', 'console.error("doubletime: cannot fetch CIFAR-10"); process.exit(69);\n');
    expectFailure({}, /CIFAR-10: |cannot fetch CIFAR-10/, /npm run setup/);
  });
});
