import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../base/errors.ts';
import { withTemporaryFolder } from '../base/temporary-folder.ts';
import { loadNativeModule } from './native-module.ts';

/** The native helper of scripts/setup/native/standard-error.cc. Both functions return false if a system call fails. */
interface StandardError {
  redirect(file: string): boolean;
  restore(): boolean;
}

/**
 * Runs `work` while the standard error of the process (also of native code) is redirected to a file. Returns the lines that were
 * written. This hides TensorFlow's banner, which TensorFlow prints before it reads its log level. Without the native helper, which
 * set-up builds, nothing is redirected and `lines` is empty.
 */
export function withStandardErrorCaptured<Result>(work: () => Result): {
  result: Result;
  lines: string[];
} {
  const standardError = loadHelper();
  const handle = standardError && redirect(standardError);
  if (standardError === undefined || handle === undefined) return { result: work(), lines: [] };
  try {
    const result = work();
    standardError.restore();
    return { result, lines: readFileSync(handle, 'utf8').split('\n').filter(Boolean) };
  } finally {
    standardError.restore();
    closeSync(handle);
  }
}

/**
 * Redirects the standard error to a private file and returns its handle. The file is removed at once, so a killed process leaves
 * nothing behind. Returns undefined if no file can be created; then the messages appear on the terminal.
 */
function redirect(standardError: StandardError): number | undefined {
  try {
    return withTemporaryFolder('doubletime-log-', (folder) => {
      const file = join(folder, 'standard-error');
      return standardError.redirect(file) ? openSync(file, 'r') : undefined;
    });
  } catch (error) {
    if (error instanceof UserError) return undefined;
    standardError.restore();
    throw error;
  }
}

function loadHelper(): StandardError | undefined {
  try {
    return loadNativeModule('standard_error') as StandardError | undefined;
  } catch {
    return undefined;
  }
}
