import { existsSync, statfsSync } from 'node:fs';
import { expandPath } from './expand-path.mjs';
import { SetupFailure } from './failure.mjs';
import { findCommand, runCommand } from './command.mjs';
import { setUpCommand } from './place.mjs';

const MINIMUM_NODE = [20, 19];
const MINIMUM_PYTHON = [3, 9];

/** @param version in the format of process.version. @throws SetupFailure */
export function checkNode(version = process.version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number);
  if (isOlder([major, minor], MINIMUM_NODE)) {
    throw new SetupFailure(
      `Node ${version} is too old: ${MINIMUM_NODE.join('.')} or later is needed`,
      'install a newer Node.js (20, 22 or 24) and run the same command again',
    );
  }
}

const isOlder = ([major, minor], [minMajor, minMinor]) => major < minMajor || (major === minMajor && minor < minMinor);

/** @throws SetupFailure if the disk has less free space than `gigabytes`. */
export function checkDisk(folder, gigabytes, what) {
  const { bavail, bsize } = statfsSync(folder);
  const free = (bavail * bsize) / 1e9;
  if (free < gigabytes) {
    throw new SetupFailure(
      `not enough disk space for ${what}: ${gigabytes} GB are needed in ${folder}, ${free.toFixed(1)} GB are free`,
      `free some space and run \`${setUpCommand}\` again`,
    );
  }
}

/** Resolves to the command of a Python that is new enough and has pip. @throws SetupFailure */
export async function findPython(logFile) {
  const configured = expandPath('DOUBLETIME_PYTHON');
  const command = configured ?? ['python3', 'python'].find(findCommand);
  if (!command || !findCommand(command)) {
    throw new SetupFailure(
      `no Python found (looked for ${configured ?? 'python3 and python'})`,
      'install Python 3.9 or later with pip: `apt-get install -y python3 python3-pip`',
    );
  }
  const { output } = await runCommand(command, ['-c', 'import sys; print("python", *sys.version_info[:2])'], {
    logFile,
  });
  const version = /^python (\d+) (\d+)$/m.exec(output)?.slice(1).map(Number);
  if (!version || isOlder(version, MINIMUM_PYTHON)) {
    throw new SetupFailure(
      `${command} is Python ${version?.join('.') ?? 'of an unknown version'}: 3.9 or later is needed`,
      `install a newer Python, or name one: \`DOUBLETIME_PYTHON=/path/to/python3 ${setUpCommand}\``,
    );
  }
  const pip = await runCommand(command, ['-m', 'pip', '--version'], { logFile });
  if (pip.status !== 0) {
    throw new SetupFailure(
      `${command} has no pip`,
      `install it: \`apt-get install -y python3-pip\` or \`${command} -m ensurepip\``,
    );
  }
  return command;
}

/** The command of the C++ compiler. @throws SetupFailure */
export function findCompiler() {
  const names = process.env.CXX ? [process.env.CXX] : ['c++', 'g++', 'clang++'];
  const found = names.find(findCommand);
  if (!found) {
    throw new SetupFailure(
      `no C++ compiler found (looked for ${names.join(', ')})`,
      'install one: `apt-get install -y g++` (macOS: `xcode-select --install`)',
    );
  }
  return found;
}

/** Whether this machine has NVIDIA's kernel driver. */
export const hasNvidiaDriver = () =>
  ['/proc/driver/nvidia/version', '/dev/nvidiactl', '/usr/lib/wsl/lib/nvidia-smi'].some(existsSync);
