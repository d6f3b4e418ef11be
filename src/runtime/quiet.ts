import { existsSync, readFileSync, rmSync } from 'node:fs';
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
  try {
    const result = work();
    standardError.restore();
    return { result, lines: readFileSync(file, 'utf8').split('\n').filter(Boolean) };
  } finally {
    standardError.restore();
    rmSync(file, { force: true });
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
