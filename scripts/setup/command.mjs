import { spawn } from 'node:child_process';
import { accessSync, appendFileSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The full path of a command; undefined if PATH does not contain it. */
export function findCommand(name) {
  if (name.includes('/')) return isExecutable(name) ? name : undefined;
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}

/**
 * Runs a command and resolves to { status, signal, output }. `status` is null if the command could not be started or was
 * killed. `output` is stdout and stderr together; it is also appended to `logFile`, and not printed.
 */
export function runCommand(command, args, { cwd, env = process.env, logFile } = {}) {
  return new Promise((resolve) => {
    let output = `$ ${command} ${args.join(' ')}\n`;
    const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const append = (chunk) => (output += chunk);
    child.stdout.setEncoding('utf8').on('data', append);
    child.stderr.setEncoding('utf8').on('data', append);
    const end = (status, signal) => {
      if (logFile) appendFileSync(logFile, `${output}\n`);
      resolve({ status, signal, output });
    };
    child.on('error', (error) => {
      output += error.message;
      end(null, null);
    });
    child.on('close', end);
  });
}

/** The last non-empty line of a command's output that matches `pattern`, for a one-line error message. */
export function lastLine(output, pattern = /\S/) {
  const lines = output.split('\n').filter((line) => pattern.test(line));
  return (lines.at(-1) ?? '').trim().slice(0, 200);
}
