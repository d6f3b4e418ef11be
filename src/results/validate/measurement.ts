import { messageOf } from '../../base/errors.ts';
import { hashOfJson } from '../../base/json.ts';
import type { RunConfig } from '../../config/run.ts';
import { measurementSchema, type Measurement } from '../measurement.ts';
import { excessesOf } from '../limits.ts';
import { migrate } from '../migrate.ts';
import { isRecord, parseJson } from '../read.ts';
import { arithmeticComplaints } from './arithmetic.ts';
import { crossingComplaints, earlyStopComplaints } from './crossing.ts';
import { evaluationComplaints, evaluationFormOf } from './evaluation.ts';
import { configComplaints, dataComplaints } from './config.ts';
import { environmentComplaints } from './environment.ts';
import { complain, findingOf, type Complaint, type Finding } from './finding.ts';
import { lineFinder, syntaxErrorLine } from './lines.ts';
import { lossesComplaints } from './losses.ts';
import { cadenceComplaints, configOf, endingComplaints, learningRateComplaints } from './recipe.ts';
import { ruleComplaints } from './rules.ts';
import { timeComplaints } from './time.ts';

type Fields = Readonly<Record<string, unknown>>;

const whole = (message: string, line: number | null = null): Finding[] => [{ place: '', line, message, kind: 'error' }];

function hashComplaints({ sha256, ...body }: Fields): Complaint[] {
  try {
    const expected = hashOfJson(body);
    return sha256 === expected
      ? []
      : [
          complain(
            ['sha256'],
            `is ${String(sha256)}, but the other fields give ${expected}: the file was changed after it was written`,
          ),
        ];
  } catch (error) {
    return [complain([], messageOf(error))];
  }
}

/** The checks that need a config which this version can read. */
const againstConfig = (run: Measurement, config: RunConfig): Complaint[] => [
  ...dataComplaints(run, config),
  ...learningRateComplaints(run, config),
  ...lossesComplaints(run, config),
  ...cadenceComplaints(run, config),
  ...endingComplaints(run, config),
];

function soundness(run: Measurement): Complaint[] {
  const config = configOf(run);
  const form = evaluationFormOf(config);
  return [
    ...excessesOf(run).map(({ path, message }) => complain(path, `is ${message}`)),
    ...configComplaints(run),
    ...arithmeticComplaints(run, form),
    ...crossingComplaints(run),
    ...earlyStopComplaints(run),
    ...evaluationComplaints(run, form),
    ...timeComplaints(run, config),
    ...environmentComplaints(run),
    ...(config === undefined ? [] : againstConfig(run, config)),
  ];
}

function recordFindings(text: string, stored: Fields, asEntry: boolean): Finding[] {
  const lineOf = lineFinder(text);
  const find = (kind: Finding['kind']) => (complaint: Complaint) => findingOf(complaint, kind, lineOf);
  const seal = hashComplaints(stored).map(find('error'));
  let current: Fields;
  try {
    current = migrate(stored);
  } catch (error) {
    return [...seal, findingOf(complain(['version'], messageOf(error)), 'error', lineOf)];
  }
  const parsed = measurementSchema.safeParse(current);
  if (!parsed.success)
    return [...parsed.error.issues.map(({ path, message }) => find('error')(complain(path, message))), ...seal];
  return [
    ...seal,
    ...soundness(parsed.data).map(find('error')),
    ...ruleComplaints(parsed.data).map(find(asEntry ? 'error' : 'note')),
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
