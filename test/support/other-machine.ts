import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const namespaces = ['--uts', '--pid', '--mount', '--fork', '--kill-child', '--mount-proc'];

/** The reason that another machine cannot be simulated; undefined if it can. */
export function whyNoOtherMachine(): string | undefined {
  const { status, stderr, error } = spawnSync('unshare', [...namespaces, 'hostname', 'other-box'], {
    encoding: 'utf8',
  });
  return status === 0 ? undefined : `no namespaces here: ${error?.message ?? stderr.trim()}`;
}

/**
 * Starts a program as on another machine that shares the folders of this one: with its own host name, machine id, boot id and
 * process ids. All processes of that machine are killed with the returned process, and at the end of the test.
 * @param folder for two small files with the ids.
 */
export function onOtherMachine(folder: string, command: readonly string[]): ChildProcess {
  const [machine, boot] = [join(folder, 'machine-id'), join(folder, 'boot-id')];
  writeFileSync(machine, `${'0f'.repeat(16)}\n`);
  writeFileSync(boot, '00000000-1111-2222-3333-444444444444\n');
  const script =
    'hostname other-box && mount --bind "$0" /etc/machine-id && mount --bind "$1" /proc/sys/kernel/random/boot_id && shift && exec "$@"';
  const machineProcess = spawn('unshare', [...namespaces, 'sh', '-c', script, machine, boot, ...command], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  onTestFinished(() => {
    machineProcess.kill('SIGKILL');
  });
  return machineProcess;
}
