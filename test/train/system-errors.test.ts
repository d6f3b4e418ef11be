import { readdirSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isSystemError, toUserError } from '../../src/base/system/system-error.ts';
import { readCheckpoint } from '../../src/train/files/checkpoint.ts';
import { train } from '../../src/train/run.ts';
import { type Operation, withFailures } from '../support/file-failures.ts';
import { crashBeforeStep, finalTensors, reproduciblePart, temporaryFolder, testJob } from '../support/training.ts';

const small = { 'data.trainExamples': 20, 'data.validationExamples': 10, 'recipe.epochs': 3 };
const STOPPED_AT = 3;

/** The exit code of each error when writing and when reading, as in docs/exit-codes.md. */
const documented: Readonly<Record<string, readonly number[]>> = {
  EIO: [74],
  ESTALE: [74],
  EDQUOT: [74],
  ENOSPC: [74],
  EACCES: [73, 77],
  EROFS: [73],
  EMFILE: [69],
};
const errors = Object.keys(documented);

let folder: ReturnType<typeof temporaryFolder>;
beforeEach(() => {
  folder = temporaryFolder();
});
afterEach(() => {
  folder.remove();
});

/** Replaces the parts of a path that differ between processes. */
const kindOf = ({ call, path }: Operation): string => `${call} ${path.replaceAll(/[0-9a-f]{12,}|tfevents.*/g, '*')}`;

/** Resumes a run that crashed after its third step, and records its file operations. */
async function resumeWith(path: string, failing: (operation: Operation) => string | undefined) {
  await crashBeforeStep(path, STOPPED_AT, small);
  return withFailures(path, failing, () => train(testJob(path, small)));
}

/** Starts a run. */
const startWith: typeof resumeWith = (path, failing) => withFailures(path, failing, () => train(testJob(path, small)));

async function operationsOf(run: typeof resumeWith): Promise<readonly string[]> {
  const seen: string[] = [];
  await run(folder.at('watched'), (operation) => {
    seen.push(kindOf(operation));
    return undefined;
  });
  return seen;
}

/** The operations before the first step. */
const beforeSteps = (operations: readonly string[]): readonly string[] =>
  operations.slice(0, operations.indexOf('write mark.json') + 1);
const allOperations = (operations: readonly string[]): readonly string[] => operations;

/** Fails only the operation with this number. */
function failingAt(number: number, error: string) {
  let count = 0;
  return () => (count++ === number ? error : undefined);
}

/** The numbers of the operations to test: the first, the second and the last of each kind. */
function chooseOperations(operations: readonly string[]): number[] {
  const counts = new Map<string, number>();
  return operations.flatMap((kind, number) => {
    const count = (counts.get(kind) ?? 0) + 1;
    counts.set(kind, count);
    return count <= 2 || operations.lastIndexOf(kind) === number ? [number] : [];
  });
}

const outcomeOf = (run: Promise<unknown>): Promise<unknown> =>
  run.then(
    () => undefined,
    (error: unknown) => error,
  );

describe('a file operation that fails', () => {
  it.each([
    ['a resumed run', resumeWith, allOperations, 80],
    ['a new run', startWith, beforeSteps, 30],
  ] as const)('ends %s with the documented exit code and one line, and loses nothing', async (_, run, part, least) => {
    const whole = reproduciblePart(await train(testJob(folder.at('whole'), small)));
    const tensors = finalTensors(folder.at('whole'));
    const best = readCheckpoint(folder.at('whole/checkpoints/best.safetensors')).tensors;
    const operations = part(await operationsOf(run));
    const numbers = chooseOperations(operations);
    expect(numbers.length).toBeGreaterThan(least);
    for (const [i, number] of numbers.entries()) {
      const error = errors[i % errors.length]!;
      const what = `${error} at ${operations[number]!} (${number})`;
      const path = folder.at(`run-${number}`);
      const thrown = await outcomeOf(run(path, failingAt(number, error)));
      if (thrown !== undefined) {
        const reported = toUserError(thrown);
        expect(reported?.message, what).toContain(path);
        expect(reported?.message, what).not.toMatch(/\n|undefined|Unknown system error/);
        expect(documented[error], `${what}: ${reported!.message}`).toContain(reported?.exitCode);
      }
      // The lock of an ended process.
      rmSync(`${path}/lock`, { force: true });
      expect(reproduciblePart(await train(testJob(path, small))), what).toEqual(whole);
      expect(finalTensors(path), what).toEqual(tensors);
      const again = readCheckpoint(`${path}/checkpoints/best.safetensors`).tensors;
      expect(again, what).toEqual(best);
      expect(readdirSync(path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      rmSync(path, { recursive: true });
    }
  });

  it.each(errors)('%s while writing a checkpoint keeps the previous checkpoint', async (error) => {
    const path = folder.at('run');
    const thrown = await outcomeOf(
      resumeWith(path, ({ call, path: file }) =>
        call === 'fsync' && file.startsWith('checkpoints/step-000000004') ? error : undefined,
      ),
    );
    expect(isSystemError(thrown)).toBe(false);
    expect(documented[error]).toContain(toUserError(thrown)?.exitCode);
    expect(readdirSync(`${path}/checkpoints`)).toContain('step-000000002.safetensors');
  });
});
