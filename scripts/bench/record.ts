import { mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import { writeFileAtomic } from '../../src/base/files/files.ts';
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
 */
export function openRecord(benchmark: string, file: string | undefined) {
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
      mkdirSync(dirname(file), { recursive: true });
      writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
    },
  };
}
