import { configError } from '../../base/errors.ts';
import type { Precision } from '../../base/precision.ts';

/** An environment variable that a library reads once per process, and that depends on the precision. */
interface VariableRules {
  readonly name: string;
  /** The value for a precision; undefined: the variable is not set. */
  readonly valueFor: (precision: Precision) => string | undefined;
  /** What is wrong with the user's value for a precision; undefined if nothing is. */
  readonly problemOf?: (precision: Precision, given: string) => string | undefined;
  /** What the process can no longer change, from the precision that it was decided for: "this process has ... for float32". */
  readonly fixed: (precision: Precision) => string;
}

export interface PrecisionVariable {
  /**
   * Sets the variable for a precision. A value that the user has set stays.
   * @param onGpu whether TensorFlow is already loaded and runs on a GPU.
   * @throws UserError exit code 78 if the user's value contradicts the precision, or if this process can no longer change the variable.
   */
  readonly decide: (precision: Precision, onGpu: boolean, environment?: NodeJS.ProcessEnv) => void;
  /** Sets the variable for a precision if neither a recipe nor the user has decided about it. */
  readonly decideByDefault: (precision: Precision, environment?: NodeJS.ProcessEnv) => void;
}

export function precisionVariable({ name, valueFor, problemOf, fixed }: VariableRules): PrecisionVariable {
  /** The precision of the last recipe; undefined if there is none yet, or if the user has set the variable. */
  let decidedFor: Precision | undefined;

  const decide = (precision: Precision, onGpu: boolean, environment = process.env): void => {
    const given = environment[name] ?? '';
    if (decidedFor === undefined && given !== '') {
      const problem = problemOf?.(precision, given);
      if (problem !== undefined) throw configError(problem);
      return;
    }
    const value = valueFor(precision);
    if (onGpu && decidedFor !== undefined && valueFor(decidedFor) !== value)
      throw configError(`recipe.precision is ${precision}, but ${fixed(decidedFor)}: train in a new process`);
    decidedFor = precision;
    if (value === undefined) Reflect.deleteProperty(environment, name);
    else environment[name] = value;
  };

  const decideByDefault = (precision: Precision, environment = process.env): void => {
    if (decidedFor === undefined && (environment[name] ?? '') === '') decide(precision, false, environment);
  };

  return { decide, decideByDefault };
}
