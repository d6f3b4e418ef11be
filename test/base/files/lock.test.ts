import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { describeHolder, readLockHolder, tryLock } from '../../../src/base/files/lock.ts';
import { identifyProcess, checkLiveness } from '../../../src/base/system/process-identity.ts';

const folder = mkdtempSync(join(tmpdir(), 'doubletime-lock-'));
const file = join(folder, 'lock');
beforeEach(() => {
  rmSync(file, { force: true });
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const write = (changes: object) => {
  writeFileSync(file, JSON.stringify({ ...identifyProcess(), ...changes }));
};

describe('tryLock', () => {
  it('gives the lock to one process, names this holder to others, and gives it again after the release', () => {
    const first = tryLock(file);
    expect(tryLock(file).heldBy).toEqual(first.lock?.holder);
    expect(describeHolder(readLockHolder(file)!)).toContain(`process ${process.pid} on `);
    first.lock?.release();
    expect(readLockHolder(file)).toBeUndefined();
    expect(tryLock(file).lock).toBeDefined();
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('does not release a lock that another process has taken over', () => {
    const first = tryLock(file);
    write({ token: 'other' });
    first.lock?.release();
    expect(readLockHolder(file)?.token).toBe('other');
  });

  it.each([
    ['a process that has ended', { pid: 2 ** 22 + 1 }],
    ['a process whose number was reused', { startedTicks: 1 }],
    ['a machine that was restarted', { boot: 'before' }],
  ])('takes over the lock of %s', (_, changes) => {
    write(changes);
    expect(readLockHolder(file)).toBeUndefined();
    const { lock } = tryLock(file);
    expect(readLockHolder(file)).toEqual(lock?.holder);
  });

  it('takes over a lock that was cut off while it was written', () => {
    writeFileSync(file, '{"pid":12');
    expect(tryLock(file).lock).toBeDefined();
  });

  it.each([
    ['another machine', { host: 'elsewhere', machine: 'm', boot: 'b' }],
    ['another container of this machine', { pidNamespace: 'pid:[1]' }],
  ])('trusts the heartbeat of %s', (_, changes) => {
    write({ ...changes, token: 'remote' });
    expect(tryLock(file).heldBy?.token).toBe('remote');
    const longAgo = Date.now() / 1000 - 301;
    utimesSync(file, longAgo, longAgo);
    expect(tryLock(file).lock).toBeDefined();
  });

  it('continues after a process died while it took over a lock', () => {
    write({ pid: 2 ** 22 + 1, token: 'first' });
    const takeoverLock = join(folder, 'lock.first');
    writeFileSync(takeoverLock, JSON.stringify({ ...identifyProcess(), pid: 2 ** 22 + 2, token: 'second' }));
    expect(tryLock(file).lock).toBeDefined();
    expect(readdirSync(folder)).toEqual(['lock']);
  });

  it('names a folder that cannot be written', () => {
    expect(() => tryLock('/proc/lock')).toThrow('cannot write /proc/lock');
  });

  it('lets exactly one of many processes take over the same dead lock', async () => {
    const log = join(folder, 'log');
    writeFileSync(log, '');
    write({ pid: 2 ** 22 + 1, token: 'dead' });
    const source = new URL('../../../src/base/files/lock.ts', import.meta.url).href;
    const script = `import { appendFileSync } from 'node:fs';
      const { tryLock } = await import(${JSON.stringify(source)});
      const { lock } = tryLock(${JSON.stringify(file)});
      if (lock) appendFileSync(${JSON.stringify(log)}, 'taken ');
      setTimeout(() => {}, 600_000);
      process.stdout.write('done');`;
    const tries = Array.from({ length: 6 }, () =>
      spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]),
    );
    await Promise.all(tries.map((child) => once(child.stdout, 'data')));
    for (const child of tries) child.kill('SIGKILL');
    expect(readFileSync(log, 'utf8')).toBe('taken ');
  });
});

describe('checkLiveness', () => {
  it('takes a zombie, a process that has ended and that its parent has not waited for, as dead', async () => {
    expect(checkLiveness(identifyProcess())).toBe('alive');
    const shell = spawn('sh', ['-c', 'sleep 0.3 & echo $!; exec sleep 600']);
    const [line] = (await once(shell.stdout, 'data')) as [Buffer];
    const pid = Number(String(line));
    const stat = await vi.waitFor(
      () => {
        const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
        expect(text).toContain(') Z ');
        return text;
      },
      { timeout: 240_000 },
    );
    const startedTicks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]);
    expect(checkLiveness({ ...identifyProcess(), pid, startedTicks })).toBe('dead');
    shell.kill('SIGKILL');
  });
});
