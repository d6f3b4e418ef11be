import { existsSync, readFileSync } from 'node:fs';
import { dataError } from '../../../src/base/errors.ts';

/** The precisions that are compared. */
export const FORMATS = ['float32', 'bfloat16'] as const;
export type Format = (typeof FORMATS)[number];

export type Library = 'doubletime' | 'pytorch';

/** The size of a comparison. */
export interface Size {
  /** Training images. */
  readonly images: number;
  readonly epochs: number;
}

/** An evaluation. */
interface CurvePoint {
  readonly steps: number;
  readonly epochs: number;
  /** The mean training loss since the evaluation before. */
  readonly trainingLoss: number | null;
  readonly top1: number;
}

/** One training run of a comparison. */
export interface PrecisionRun extends Size {
  readonly library: Library;
  readonly precision: Format;
  readonly seed: number;
  /** The commit of doubletime; `-dirty` at the end if files are changed, null if unknown. */
  readonly commit: string | null;
  /** The accuracy at the end. */
  readonly top1: number;
  /** The mean training loss of the last epoch. */
  readonly trainingLoss: number;
  readonly trainingSeconds: number;
  /** The number of the network's parameters. */
  readonly parameters: number;
  readonly curve: readonly CurvePoint[];
}

/** @throws UserError exit code 65 if the file is not a record. */
function readResults(file: string): readonly Partial<PrecisionRun>[] {
  try {
    const { results } = JSON.parse(readFileSync(file, 'utf8')) as { readonly results?: Partial<PrecisionRun>[] };
    if (Array.isArray(results)) return results;
  } catch (error) {
    throw dataError(`${file} is not JSON: choose another --out, or delete the file`, error);
  }
  throw dataError(`${file} has no results, expected a file of bench:precision: choose another --out`);
}

/**
 * The runs in the file of an earlier command with the same settings; none if the file is missing.
 * @throws UserError exit code 65 if the file is not a record, or has runs with other settings or of another commit.
 */
export function readPrecisionRuns(
  file: string | undefined,
  expected: Size & Pick<PrecisionRun, 'commit'>,
): PrecisionRun[] {
  if (file === undefined || !existsSync(file)) return [];
  const results = readResults(file);
  const runs = results.filter((run): run is PrecisionRun => run.seed !== undefined);
  for (const run of runs)
    for (const key of ['images', 'epochs', 'commit'] as const)
      if (run[key] !== expected[key])
        throw dataError(
          `${file} has runs with ${key} ${run[key] ?? 'unknown'}, expected ${expected[key]}: choose another --out, or delete the file`,
        );
  return runs;
}

/** The run of these that a command would repeat. */
export const findRun = (
  runs: readonly PrecisionRun[],
  { library, precision, seed }: Pick<PrecisionRun, 'library' | 'precision' | 'seed'>,
): PrecisionRun | undefined =>
  runs.find((run) => run.library === library && run.precision === precision && run.seed === seed);
