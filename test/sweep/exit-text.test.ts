import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { countOomKills } from '../../src/base/memory-kills.ts';
import { startChild } from '../../src/sweep/child.ts';
import { explainExit } from '../../src/sweep/exit-text.ts';
import { temporaryFolder } from '../support/sweeps.ts';

const LIMIT = String(96 * 2 ** 20);

/**
 * A control group of this machine with little memory, or why there can be none: that takes a root who may make one, which a
 * container's often may not.
 */
function smallGroup(): { folder: string } | { reason: string } {
  const isFirst = existsSync('/sys/fs/cgroup/memory');
  const root = isFirst ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  const folder = join(root, `doubletime-test-${process.pid}`);
  try {
    mkdirSync(folder);
    // A group that a process has just left may be in use for another moment.
    onTestFinished(() =>
      vi.waitFor(
        () => {
          rmdirSync(folder);
        },
        { timeout: 60_000 },
      ),
    );
    writeFileSync(join(folder, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), LIMIT);
    keepFromSwapping(join(folder, isFirst ? 'memory.swappiness' : 'memory.swap.max'));
    return { folder };
  } catch (error) {
    return { reason: `no control group can be made here: ${String(error)}` };
  }
}

/** Where there is room to swap to, it would be filled before memory runs out. A kernel without swap has no such file. */
function keepFromSwapping(file: string): void {
  try {
    if (existsSync(file)) writeFileSync(file, '0');
  } catch {
    return;
  }
}

const node = (script: string) => ({ file: process.execPath, args: ['-e', script] });

describe('a run that ended without a word', () => {
  it('says in the message that the kernel killed the process for lack of memory', async (context) => {
    const group = smallGroup();
    if ('reason' in group) context.skip(group.reason);
    else {
      const folder = temporaryFolder();
      const before = countOomKills();
      const hog = `const all = []; for (;;) all.push(Buffer.alloc(2 ** 22, 1))`;
      const join_ = `echo $$ > ${group.folder}/cgroup.procs && exec "$0" -e '${hog}'`;
      const command = { file: 'sh', args: ['-c', join_, process.execPath] };
      const exit = await startChild(command, folder, {}).exit;
      expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(countOomKills()).toBeGreaterThan(before ?? Infinity);
      expect(explainExit(exit, folder)).toMatch(
        /^was killed by SIGKILL \(the kernel killed \d+ process(es)? in the meantime for lack of memory; if it/,
      );
    }
  });

  it('killed by somebody else: memory is one of the possible reasons', async () => {
    const folder = temporaryFolder();
    const child = startChild(node('setInterval(() => {}, 1000)'), folder, {});
    process.kill(child.pid!, 'SIGKILL');
    expect(explainExit({ ...(await child.exit), memoryKills: 0 }, folder)).toMatch(
      /^was killed by SIGKILL \(by a person, by a cluster or, if dmesg says so, by the kernel for lack of memory/,
    );
  });

  it('died of its native code: its last words and what they may mean', async () => {
    const folder = temporaryFolder();
    const script = `process.stderr.write("  what():  std::bad_alloc\\n"); process.abort()`;
    const exit = await startChild(node(script), folder, {}).exit;
    expect(explainExit(exit, folder)).toMatch(
      /^was killed by SIGABRT \(the native library crashed, possibly for lack of memory; if it .*\): /,
    );
  });

  it('ended by itself: code and last words', async () => {
    const folder = temporaryFolder();
    const exit = await startChild(node('console.error("oh"); process.exit(3)'), folder, {}).exit;
    expect(explainExit(exit, folder)).toBe('ended with exit code 3: oh');
  });
});
