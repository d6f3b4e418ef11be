import type { Argv } from 'yargs';
import { ExitCode, UserError } from '../../base/errors.ts';
import { optionFlag } from './option-flag.ts';
import { UnexpandablePath } from './path-argument.ts';
import { positionals } from '../usage.ts';

/** The text that the user typed after `--name` or `--name=`; undefined if the option is not on the command line. */
function typedText(flag: string): string | undefined {
  const words = process.argv.slice(2);
  const index = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  if (index < 0) return undefined;
  const word = words[index]!;
  return word === flag ? words[index + 1] : word.slice(flag.length + 1);
}

const quoteTyped = (flag: string): string => {
  const text = typedText(flag);
  return text === undefined ? 'not a number' : JSON.stringify(text);
};

/** Whether a text is a number with a leading zero, which some programs read as octal. */
const hasLeadingZero = (text: string | undefined): boolean => text !== undefined && /^[+-]?0\d/.test(text);

/**
 * Refuses an empty value (`--dir "$UNSET"`), a path that cannot be expanded, text where an option takes a number, a
 * number with a leading zero, and two values for an option that takes one.
 * @param usage the usage of the command, such as `train <run>`.
 * @throws UserError exit code 64.
 */
export function checkValues(args: object, cli: Argv, usage: string): void {
  // yargs's types omit which options take lists.
  const { array } = (cli as unknown as { getOptions(): { array: string[] } }).getOptions();
  const help = `see doubletime ${usage.split(' ')[0]!} --help`;
  const refuse = (problem: string): never => {
    throw new UserError(`${problem}; ${help}`, ExitCode.usage);
  };
  for (const [name, value] of Object.entries(args)) {
    const flag = positionals(usage).includes(name) ? name : optionFlag(name);
    const unexpandable = [value].flat().find((item) => item instanceof UnexpandablePath);
    if (unexpandable) refuse(`${flag} is ${unexpandable.path}: ${unexpandable.reason}`);
    if (value === '') refuse(`${flag} is empty, expected a value`);
    if (Number.isNaN(value)) refuse(`${flag} is ${quoteTyped(flag)}, expected a number`);
    if (typeof value === 'number' && hasLeadingZero(typedText(flag)))
      refuse(`${flag} is ${typedText(flag)}, which is ${value}, or octal in some programs: write ${value}`);
    if (!Array.isArray(value) || name === '_' || array.includes(name)) continue;
    refuse(`${flag} is given ${value.length} times, expected once`);
  }
}
