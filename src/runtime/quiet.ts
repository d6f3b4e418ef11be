import { closeSync, existsSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** scripts/setup/native/standard-error.cc */
interface StandardError {
  redirect(file: string): boolean;
  restore(): boolean;
}

/**
 * Runs `work` with the process's standard error, native code's too, going to a file, and returns what was written there:
 * TensorFlow prints its banner while it is loaded, before it reads its log level. Without the helper that set-up builds,
 * the banner stays on the terminal.
 */
export function withStandardErrorCaptured<Result>(work: () => Result): {
  result: Result;
  lines: string[];
} {
  const standardError = loadHelper();
  const file = join(tmpdir(), `doubletime-${process.pid}-${Date.now()}.log`);
  if (!standardError?.redirect(file)) return { result: work(), lines: [] };
  // Without its name from now on: a process that is killed meanwhile leaves nothing behind.
  const handle = openSync(file, 'r');
  rmSync(file, { force: true });
  try {
    const result = work();
    standardError.restore();
    return { result, lines: readFileSync(handle, 'utf8').split('\n').filter(Boolean) };
  } finally {
    standardError.restore();
    closeSync(handle);
  }
}

function loadHelper(): StandardError | undefined {
  const require = createRequire(import.meta.url);
  try {
    const tfjs = dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
    const file = join(tfjs, 'lib', 'napi-v8', 'standard_error.node');
    return existsSync(file) ? (require(file) as StandardError) : undefined;
  } catch {
    return undefined;
  }
}
