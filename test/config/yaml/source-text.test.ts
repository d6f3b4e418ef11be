import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readFileOrPipe } from '../../../src/config/yaml/source-text.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'doubletime-given-'));
  writeFileSync(join(folder, 'read.mjs'), script);
  node = `"${process.execPath}" --import tsx "${join(folder, 'read.mjs')}"`;
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const source = new URL('../../../src/config/yaml/source-text.ts', import.meta.url).href;
const script = `import { readFileOrPipe } from ${JSON.stringify(source)};
  try { process.stdout.write(readFileOrPipe(process.argv[2])); }
  catch (error) { process.stdout.write(error.exitCode + ' ' + error.message); }`;
let node: string;
const shell = (command: string): string =>
  spawnSync('bash', ['-c', command], { encoding: 'utf8', timeout: 120_000 }).stdout;

it('reads a process substitution <(command), standard input and a redirection', () => {
  const file = join(folder, 'run.yaml');
  writeFileSync(file, 'seed: 1\n');
  expect(shell(`${node} <(sleep 0.3; cat ${file}; sleep 0.3; echo end)`)).toBe('seed: 1\nend\n');
  expect(shell(`cat ${file} | ${node} /dev/stdin`)).toBe('seed: 1\n');
  expect(shell(`${node} /dev/stdin < ${file}`)).toBe('seed: 1\n');
});

it('refuses a pipe that stays silent', () => {
  // The shell does not wait for the command in <(...), so the test ends soon after the refusal.
  expect(shell(`${node} /dev/stdin < <(exec sleep 600 2>/dev/null); kill $!`)).toBe(
    '69 /dev/stdin: the pipe sent nothing for 10 seconds: give a file instead',
  );
});

it('refuses a FIFO and a file that is too large for a config', () => {
  const fifo = join(folder, 'fifo');
  execFileSync('mkfifo', [fifo]);
  expect(() => readFileOrPipe(fifo)).toThrow(`${fifo} is a FIFO, expected a regular file`);
  expect(() => readFileOrPipe('/dev/zero')).toThrow('/dev/zero is a device, expected a regular');
  const large = join(folder, 'large.yaml');
  writeFileSync(large, Buffer.alloc(16 * 2 ** 20 + 1));
  expect(() => readFileOrPipe(large)).toThrow(`${large} has 16777217 bytes or more, expected at most 16777216`);
});

it('refuses a file and a pipe that are not UTF-8', () => {
  const file = join(folder, 'latin1.yaml');
  writeFileSync(file, Buffer.from('# caf\u00e9\n', 'latin1'));
  const refusal = `78 ${file}:1:6: the byte 0xE9 is not UTF-8 text: save the file as UTF-8`;
  expect(shell(`${node} ${file}`)).toBe(refusal);
  expect(shell(`cat ${file} | ${node} /dev/stdin`)).toBe(refusal.replace(file, '/dev/stdin'));
});
