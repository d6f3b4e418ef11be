import { existsSync, readFileSync } from 'node:fs';
import { basename, isAbsolute } from 'node:path';
import { ExitCode, UserError } from '../../src/base/errors.ts';
import { writeFileAtomic } from '../../src/base/files/files.ts';
import { outputFile } from '../../src/base/files/output-file.ts';
import { describeEnvironment, type Environment } from '../../src/train/accounting/environment.ts';

/** The arguments without `--out FILE`. Only the last part of an absolute path is kept, so that no private path is published. */
function publicArguments(args: readonly string[]): string[] {
  const out = args.indexOf('--out');
  const rest = out < 0 ? args : [...args.slice(0, out), ...args.slice(out + 2)];
  return rest.map((argument) => (isAbsolute(argument) ? basename(argument) : argument));
}

/**
 * Collects the results of a benchmark for its `--out` file, with arguments, times, machine, versions and commit. Without `file`
 * nothing is written.
 * @throws UserError as `outputFile`.
 */
export function openRecord(benchmark: string, file: string | undefined) {
  if (file !== undefined) outputFile(file);
  const startedAt = new Date().toISOString();
  const results: object[] = [];
  return {
    add: (result: object): void => {
      results.push(result);
    },
    /**
     * Writes the file.
     * @param workerEnvironment the environment of the process that measured, if it is another process.
     * @throws UserError exit code 73 or 74.
     */
    save: (workerEnvironment?: Environment): void => {
      if (file === undefined) return;
      const finishedAt = new Date().toISOString();
      const record = {
        benchmark,
        arguments: publicArguments(process.argv.slice(2)),
        startedAt,
        finishedAt,
        environment: workerEnvironment ?? describeEnvironment(),
        results,
      };
      writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
    },
  };
}

/** A result with the time and the environment, with the commit, in which it was measured. */
export type Dated<Result> = Result & { readonly measuredAt: string; readonly environment: object };

/** The results in an `--out` file of this benchmark. @throws UserError exit code 65 if the file is something else. */
function readResults<Result>(benchmark: string, file: string): Dated<Result>[] {
  try {
    const saved = JSON.parse(readFileSync(file, 'utf8')) as { benchmark?: string; results?: Dated<Result>[] };
    if (saved.benchmark === benchmark && Array.isArray(saved.results)) return saved.results;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new UserError(
    `--out ${file} exists, and is not a file of the benchmark "${benchmark}": choose another file, or remove it`,
    ExitCode.data,
  );
}

/**
 * Collects the results of a benchmark that can be measured in several commands with one `--out` file: the file keeps its results, and
 * `add` replaces the one with the same `key`. Without `file` nothing is written.
 * @param summarize gives further keys of the file from all results.
 * @throws UserError exit code 65 if the file is something else.
 */
export function openGrowingRecord<Result extends object>(
  benchmark: string,
  file: string | undefined,
  key: (result: Result) => string,
  summarize: (results: readonly Result[]) => object = () => ({}),
) {
  if (file !== undefined) outputFile(file);
  const results: Dated<Result>[] = file !== undefined && existsSync(file) ? readResults<Result>(benchmark, file) : [];
  return {
    results: results as readonly Dated<Result>[],
    /** Adds a result and writes the file. @throws UserError exit code 73 or 74. */
    add: (result: Result): void => {
      const dated = { measuredAt: new Date().toISOString(), ...result, environment: describeEnvironment() };
      const known = results.findIndex((other) => key(other) === key(result));
      if (known < 0) results.push(dated);
      else results[known] = dated;
      if (file === undefined) return;
      writeFileAtomic(file, `${JSON.stringify({ benchmark, ...summarize(results), results }, null, 2)}\n`);
    },
  };
}
