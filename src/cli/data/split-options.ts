import { ExitCode, UserError } from '../../base/errors.ts';

/** The options for the validation split and the labels of a folder. The names are those of the `data` keys of a run config. */
export const splitOptions = {
  validationSplit: {
    type: 'string',
    describe: 'name of the folder with the validation images, if it is not val, validation or valid',
  },
  labels: {
    choices: ['names', 'positions', 'positionsFromOne'] as const,
    describe: 'meaning of the labels in a list, if they can be read in two ways',
  },
} as const;

/** @throws UserError exit code 64 if the value of `--validation-split` is not the name of a folder. */
export function checkValidationSplit(name: string | undefined): void {
  if (name === undefined || /^(?!\.{0,2}$)[^/]+$/.test(name)) return;
  throw new UserError(
    `--validation-split is "${name}", expected the name of a folder in the dataset, without "/"`,
    ExitCode.usage,
  );
}
