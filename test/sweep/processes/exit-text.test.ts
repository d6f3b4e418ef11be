import { existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { countOomKills } from '../../../src/base/system/memory-kills.ts';
import { startChild } from '../../../src/sweep/processes/child.ts';
import { explainExit } from '../../../src/sweep/processes/exit-text.ts';
import { temporaryFolder } from '../../support/sweeps.ts';

const LIMIT = String(96 * 2 ** 20);

/** A control group with little memory, or the reason that none can be created: root in a container often lacks the right. */
function smallGroup(): { folder: string } | { reason: string } {
  const isFirst = existsSync('/sys/fs/cgroup/memory');
  const root = isFirst ? '/sys/fs/cgroup/memory' : '/sys/fs/cgroup';
  const folder = join(root, `doubletime-test-${process.pid}`);
  try {
    mkdirSync(folder);
    // A group may be in use for a moment after its last process has ended.
    onTestFinished(() =>
      vi.waitFor(
        () => {
          rmdirSync(folder);
        },
        { timeout: 60_000 },
      ),
    );
    writeFileSync(join(folder, isFirst ? 'memory.limit_in_bytes' : 'memory.max'), LIMIT);
    forbidSwapping(join(folder, isFirst ? 'memory.swappiness' : 'memory.swap.max'));
    return { folder };
  } catch (error) {
    return { reason: `no control group can be made here: ${String(error)}` };
  }
}

/** Forbids swapping, which would delay the lack of memory. A kernel without swap does not have the file. */
function forbidSwapping(file: string): void {
  try {
    if (existsSync(file)) writeFileSync(file, '0');
  } catch {
    return;
  }
}

const node = (script: string) => ({ file: process.execPath, args: ['-e', script] });

describe('the message for the end of a run', () => {
  it('says that the kernel killed the process for lack of memory', async (context) => {
    const group = smallGroup();
    if ('reason' in group) context.skip(group.reason);
    else {
      const folder = temporaryFolder();
      const before = countOomKills();
      const fillMemory = `const all = []; for (;;) all.push(Buffer.alloc(2 ** 22, 1))`;
      const script = `echo $$ > ${group.folder}/cgroup.procs && exec "$0" -e '${fillMemory}'`;
      const command = { file: 'sh', args: ['-c', script, process.execPath] };
      const exit = await startChild(command, folder, {}).exit;
      expect(exit).toMatchObject({ code: null, signal: 'SIGKILL' });
      expect(countOomKills()).toBeGreaterThan(before ?? Infinity);
      expect(explainExit(exit, folder)).toMatch(
        /^was killed by SIGKILL \(the kernel killed \d+ process(es)? in the meantime for lack of memory; if it/,
      );
    }
  });

  it('names lack of memory as one of the possible reasons for SIGKILL', async () => {
    const folder = temporaryFolder();
    const child = startChild(node('setInterval(() => {}, 1000)'), folder, {});
    process.kill(child.pid!, 'SIGKILL');
    expect(explainExit({ ...(await child.exit), memoryKills: 0 }, folder)).toMatch(
      /^was killed by SIGKILL \(by a person, by a cluster or, if dmesg says so, by the kernel for lack of memory/,
    );
  });

  it('explains a crash of the native library, and quotes its error output', async () => {
    const folder = temporaryFolder();
    const script = `process.stderr.write("  what():  std::bad_alloc\\n"); process.abort()`;
    const exit = await startChild(node(script), folder, {}).exit;
    expect(explainExit(exit, folder)).toMatch(
      /^was killed by SIGABRT \(the native library crashed, possibly for lack of memory; if it .*\): /,
    );
  });

  it('has the exit code and the last line of the error output', async () => {
    const folder = temporaryFolder();
    const exit = await startChild(node('console.error("the reason"); process.exit(3)'), folder, {}).exit;
    expect(explainExit(exit, folder)).toBe('ended with exit code 3: the reason');
  });
});
