import { messageOf } from '../../base/errors.ts';
import { hashOfJson } from '../../base/json.ts';
import type { RunConfig } from '../../config/run.ts';
import { measurementSchema, type Measurement } from '../measurement.ts';
import { findExtremeValues } from '../limits.ts';
import { migrate, requireMeasurement } from '../migrate.ts';
import { isRecord, parseJson } from '../read.ts';
import { readRunConfig } from '../run-config.ts';
import { arithmeticProblems } from './arithmetic.ts';
import { crossingProblems, earlyStopProblems } from './crossing.ts';
import { evaluationProblems, readEvaluationForm } from './evaluation.ts';
import { configProblems, dataProblems } from './config.ts';
import { environmentProblems } from './environment.ts';
import { problem, toFinding, type Problem, type Finding } from './finding.ts';
import { lineFinder, syntaxErrorLine } from './lines.ts';
import { lossesProblems } from './losses.ts';
import { cadenceProblems, endingProblems, learningRateProblems } from './recipe.ts';
import { ruleProblems, statusProblems } from './rules.ts';
import { stageProblems } from './stages.ts';
import { timeProblems } from './time.ts';

/** The fields of a file, not checked yet. */
type Fields = Readonly<Record<string, unknown>>;

/** A finding about the file as a whole. */
const fileFinding = (message: string, line: number | null = null): Finding[] => [
  { place: '', line, message, kind: 'error' },
];

function hashProblems({ sha256, ...body }: Fields): Problem[] {
  try {
    const expected = hashOfJson(body);
    return sha256 === expected
      ? []
      : [
          problem(
            ['sha256'],
            `is ${String(sha256)}, but the other fields give ${expected}: the file was changed after it was written`,
          ),
        ];
  } catch (error) {
    return [problem([], messageOf(error))];
  }
}

/** The checks that need a config which this version can read. */
const configChecks = (run: Measurement, config: RunConfig): Problem[] => [
  ...dataProblems(run, config),
  ...learningRateProblems(run, config),
  ...lossesProblems(run, config),
  ...cadenceProblems(run, config),
  ...endingProblems(run, config),
];

function checkConsistency(run: Measurement): Problem[] {
  const config = readRunConfig(run);
  const form = readEvaluationForm(config);
  return [
    ...findExtremeValues(run).map(({ path, message }) => problem(path, `is ${message}`)),
    ...configProblems(run),
    ...arithmeticProblems(run, form),
    ...stageProblems(run, config),
    ...crossingProblems(run),
    ...earlyStopProblems(run),
    ...evaluationProblems(run, form),
    ...timeProblems(run, config),
    ...environmentProblems(run),
    ...statusProblems(run),
    ...(config === undefined ? [] : configChecks(run, config)),
  ];
}

function recordFindings(text: string, stored: Fields, asEntry: boolean): Finding[] {
  const findLine = lineFinder(text);
  const as = (kind: Finding['kind']) => (problem: Problem) => toFinding(problem, kind, findLine);
  const hashFindings = hashProblems(stored).map(as('error'));
  let current: Fields;
  try {
    current = migrate(stored);
  } catch (error) {
    return [...hashFindings, as('error')(problem(['version'], messageOf(error)))];
  }
  const parsed = measurementSchema.safeParse(current);
  if (!parsed.success)
    return [...parsed.error.issues.map(({ path, message }) => as('error')(problem(path, message))), ...hashFindings];
  return [
    ...hashFindings,
    ...checkConsistency(parsed.data).map(as('error')),
    ...ruleProblems(parsed.data).map(as(asEntry ? 'error' : 'note')),
  ];
}

/**
 * All problems in the text of a measurement: syntax, schema, its own hash, and contradictions between its fields (compute and
 * counts, crossing and curve, results and config, times). A broken rule of the public tracker is an error for an entry
 * (`asEntry`), otherwise a note.
 */
export function validateMeasurement(text: string, asEntry = false): Finding[] {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return fileFinding(messageOf(error), syntaxErrorLine(text, messageOf(error)));
  }
  if (!isRecord(value)) return fileFinding('not a JSON object', 1);
  try {
    requireMeasurement(value);
  } catch (error) {
    return fileFinding(messageOf(error));
  }
  return recordFindings(text, value, asEntry);
}
