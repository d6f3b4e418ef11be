import { mkdirSync } from 'node:fs';
import { basename, dirname, isAbsolute } from 'node:path';
import { writeFileAtomic } from '../../src/base/files.ts';
import { describeEnvironment } from '../../src/train/accounting/environment.ts';

/** The arguments without `--out FILE`; of a path no more than its last part, which is what can be told to others. */
function toldArguments(given: readonly string[]): string[] {
  const out = given.indexOf('--out');
  const rest = out < 0 ? given : [...given.slice(0, out), ...given.slice(out + 2)];
  return rest.map((word) => (isAbsolute(word) ? basename(word) : word));
}

/**
 * What a benchmark measures, for the file of its `--out`: command, times, machine, versions, commit, and every result as it
 * was added. Without a file nothing is written.
 */
export function openRecord(benchmark: string, file: string | undefined) {
  const startedAt = new Date().toISOString();
  const results: object[] = [];
  return {
    add: (result: object): void => {
      results.push(result);
    },
    /** @throws UserError 73 or 74 */
    save: (): void => {
      if (file === undefined) return;
      const finishedAt = new Date().toISOString();
      const record = {
        benchmark,
        arguments: toldArguments(process.argv.slice(2)),
        startedAt,
        finishedAt,
        environment: describeEnvironment(),
        results,
      };
      mkdirSync(dirname(file), { recursive: true });
      writeFileAtomic(file, `${JSON.stringify(record, null, 2)}\n`);
    },
  };
}
