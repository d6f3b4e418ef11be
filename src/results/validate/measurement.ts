import { messageOf } from '../../base/errors.ts';
import { hashOfJson } from '../../base/json.ts';
import type { RunConfig } from '../../config/run.ts';
import { measurementSchema, type Measurement } from '../measurement.ts';
import { findExcesses } from '../limits.ts';
import { migrate } from '../migrate.ts';
import { isRecord, parseJson } from '../read.ts';
import { arithmeticProblems } from './arithmetic.ts';
import { crossingProblems, earlyStopProblems } from './crossing.ts';
import { evaluationProblems, evaluationFormOf } from './evaluation.ts';
import { configProblems, dataProblems } from './config.ts';
import { environmentProblems } from './environment.ts';
import { problem, findingOf, type Problem, type Finding } from './finding.ts';
import { lineFinder, syntaxErrorLine } from './lines.ts';
import { lossesProblems } from './losses.ts';
import { cadenceProblems, configOf, endingProblems, learningRateProblems } from './recipe.ts';
import { ruleProblems, statusProblems } from './rules.ts';
import { stageProblems } from './stages.ts';
import { timeProblems } from './time.ts';

type Fields = Readonly<Record<string, unknown>>;

const whole = (message: string, line: number | null = null): Finding[] => [{ place: '', line, message, kind: 'error' }];

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
const againstConfig = (run: Measurement, config: RunConfig): Problem[] => [
  ...dataProblems(run, config),
  ...learningRateProblems(run, config),
  ...lossesProblems(run, config),
  ...cadenceProblems(run, config),
  ...endingProblems(run, config),
];

function checkConsistency(run: Measurement): Problem[] {
  const config = configOf(run);
  const form = evaluationFormOf(config);
  return [
    ...findExcesses(run).map(({ path, message }) => problem(path, `is ${message}`)),
    ...configProblems(run),
    ...arithmeticProblems(run, form),
    ...stageProblems(run, config),
    ...crossingProblems(run),
    ...earlyStopProblems(run),
    ...evaluationProblems(run, form),
    ...timeProblems(run, config),
    ...environmentProblems(run),
    ...statusProblems(run),
    ...(config === undefined ? [] : againstConfig(run, config)),
  ];
}

function recordFindings(text: string, stored: Fields, asEntry: boolean): Finding[] {
  const lineOf = lineFinder(text);
  const find = (kind: Finding['kind']) => (problem: Problem) => findingOf(problem, kind, lineOf);
  const seal = hashProblems(stored).map(find('error'));
  let current: Fields;
  try {
    current = migrate(stored);
  } catch (error) {
    return [...seal, findingOf(problem(['version'], messageOf(error)), 'error', lineOf)];
  }
  const parsed = measurementSchema.safeParse(current);
  if (!parsed.success)
    return [...parsed.error.issues.map(({ path, message }) => find('error')(problem(path, message))), ...seal];
  return [
    ...seal,
    ...checkConsistency(parsed.data).map(find('error')),
    ...ruleProblems(parsed.data).map(find(asEntry ? 'error' : 'note')),
  ];
}

/**
 * All problems of a measurement's text: syntax, schema, its own hash, compute against counts and examples, the crossing
 * against the curve, evaluations of the whole validation set. What keeps it out of the public tracker is an error for an
 * entry (`asEntry`), and otherwise a note.
 */
export function validateMeasurement(text: string, asEntry = false): Finding[] {
  let value: unknown;
  try {
    value = parseJson(text);
  } catch (error) {
    return whole(messageOf(error), syntaxErrorLine(text, messageOf(error)));
  }
  return isRecord(value) ? recordFindings(text, value, asEntry) : whole('not a JSON object', 1);
}
