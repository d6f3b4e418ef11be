// The last step of unpack.sh, on the machine without a network: writes the files that contain the folder's path, links the parts of
// CUDA that the bundle does not have, and loads TensorFlow once. Argument: the folder that this folder will be renamed to.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ExitCode } from '../../src/base/errors.ts';
import { shellQuote } from '../../src/base/text/shell.ts';
import { cudaParts } from './cuda-libraries.ts';
import { findPart, libraryFolders, linkPart } from './find-library.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const [target = root] = process.argv.slice(2);
const { tensorflow, kind } = JSON.parse(readFileSync(join(root, 'bundle.json'), 'utf8')) as {
  tensorflow: string;
  kind: 'cpu' | 'cuda';
};
const print = (line: string): void => {
  process.stderr.write(`unpack.sh: ${line}\n`);
};

/** Writes setup.json, env.sh and the program doubletime. `folders` of this machine have parts of CUDA. */
function writeSettings(folders: readonly string[]): void {
  const version = readFileSync(join(root, tensorflow, 'version'), 'utf8').trim();
  const choice = { asked: kind, kind, folder: join(target, tensorflow, 'tensorflow'), version };
  writeFileSync(join(root, '.doubletime', 'setup.json'), `${JSON.stringify(choice, null, 2)}\n`);
  const environment = [
    '# Source this file: it puts the Node of this bundle on the PATH, and lets it find TensorFlow.',
    `export PATH=${shellQuote(join(target, 'bin'))}:$PATH`,
    `export LD_LIBRARY_PATH=${shellQuote([choice.folder, ...folders].join(':'))}\${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}`,
  ];
  writeFileSync(join(root, 'env.sh'), `${environment.join('\n')}\n`);
  const program = ['#!/bin/sh', `. ${shellQuote(join(target, 'env.sh'))}`];
  const command = `exec node ${shellQuote(join(target, 'src/cli/doubletime.mjs'))} "$@"`;
  writeFileSync(join(root, 'doubletime'), `${[...program, command].join('\n')}\n`, { mode: 0o755 });
}

/**
 * Links the parts of CUDA that are not in the bundle, and returns the folders that have them. A missing part is only a warning,
 * because it may be installed later.
 */
function linkCuda(): string[] {
  const missing = cudaParts.filter(({ folder }) => !existsSync(join(root, tensorflow, 'nvidia', folder)));
  if (missing.length === 0) return [];
  const folders = libraryFolders();
  const used = new Set<string>();
  for (const part of missing.filter(({ opened }) => opened.length > 0)) {
    const found = findPart(part, folders);
    if (found !== undefined) {
      used.add(found.folder);
      linkPart(part, found, join(root, tensorflow, 'nvidia', part.folder, 'lib'));
      const instead = found.instead ? ` (${found.instead.join(', ')} in place of ${part.opened.join(', ')})` : '';
      print(`${part.name} is taken from ${found.folder}${instead}`);
    } else if (part.optional === undefined) {
      print(
        `warning: ${part.opened.join(' and ')} were not found on this machine, and the bundle does not have them, so TensorFlow will run on ` +
          'the CPU: make the bundle with --libraries all, or set LD_LIBRARY_PATH to their folder and unpack again',
      );
    }
  }
  return [...used];
}

/** Links the libraries of CUDA that TensorFlow's search path lacks, as set-up does. */
async function linkAsSetUp(): Promise<void> {
  const script = pathToFileURL(join(root, 'scripts/setup/cuda-links.mjs')).href;
  const { linkCuda: link } = (await import(script)) as { linkCuda: (folder: string) => void };
  link(join(root, tensorflow, 'tensorflow'));
}

/** Loads TensorFlow in a process of its own, because a library for another machine may crash it. */
function tryTensorFlow(folders: readonly string[]): void {
  const own = [join(root, tensorflow, 'tensorflow'), ...folders];
  const path = [...own, process.env['LD_LIBRARY_PATH']].filter(Boolean).join(':');
  const { status, signal, stderr } = spawnSync(process.execPath, [join(root, 'scripts/setup/probe.mjs')], {
    encoding: 'utf8',
    cwd: root,
    env: { ...process.env, LD_LIBRARY_PATH: path, TF_CPP_MIN_LOG_LEVEL: '3' },
  });
  if (status === 0) return;
  const reason = /^.*(Error:|GLIBC|cannot open).*$/m.exec(stderr)?.[0].trim();
  const what =
    signal === 'SIGILL' ? 'this CPU lacks instructions that it uses (AVX)' : (reason ?? signal ?? 'it ended');
  print(
    `TensorFlow cannot be loaded on this machine: ${what}; make the bundle on a machine with the same or an older Linux`,
  );
  process.exit(ExitCode.unavailable);
}

const folders = kind === 'cuda' ? linkCuda() : [];
await linkAsSetUp();
writeSettings(folders);
tryTensorFlow(folders);
