import { describe, expect, it } from 'vitest';
import { allCommands, groups, renderHelp } from '../../scripts/generate/cli-page.ts';
import { doubletime } from '../support/cli.ts';

describe('a mistyped word on the command line', () => {
  it.each([
    ['trane run.yaml', 'unknown command "trane"; did you mean train?; see doubletime --help'],
    ['trane --help', 'unknown command "trane"; did you mean train?; see doubletime --help'],
    ['data pak photos', 'unknown command "pak"; did you mean pack?; see doubletime data --help'],
    ['train x --dr y', 'unknown option --dr; did you mean --dir?; see doubletime train --help'],
    ['flops resnet18 --bacth=2', 'unknown option --bacth; did you mean --batch?; see doubletime flops --help'],
    [
      'flops resnet18 --no-batchnrm',
      'unknown option --batchnrm; did you mean --batch-norm?; see doubletime flops --help',
    ],
    [
      'plan x --train-example 3',
      'unknown option --train-example; did you mean --train-examples?; see doubletime plan --help',
    ],
    [
      'train x --dir y --epoch 3',
      'unknown option --epoch; did you mean --set recipe.epochs=...?; see doubletime train --help',
    ],
    ['train a b --dir c', 'unexpected argument "b"; see doubletime train --help'],
    ['train', 'expected: doubletime train <run>; see doubletime train --help'],
  ])('in "%s": the message suggests the right word, and the exit code is 64', (line, message) => {
    const { status, stderr, stdout } = doubletime(line.split(' '));
    expect({ status, stderr, stdout }).toEqual({
      status: 64,
      stderr: `doubletime: ${message}\n`,
      stdout: '',
    });
  });

  it('gets a hint that the command has no options', () => {
    const { status, stderr } = doubletime(['cancel', '--zzzzzzzz']);
    expect(status).toBe(64);
    expect(stderr).toBe(
      'doubletime: unknown option --zzzzzzzz; this command has no options; see doubletime cancel --help\n',
    );
  });
});

describe('the help', () => {
  it.each(allCommands().map((command) => [command.join(' '), command] as const))(
    'of %s has two examples of the command',
    async (name, command) => {
      const help = await renderHelp(...command);
      const [, shown = ''] = help.split('\nExamples:\n');
      if (name in groups) {
        expect(help).toContain(`doubletime ${name} `);
        return;
      }
      expect(shown.replaceAll(/\s+/g, ' ').split(`doubletime ${name}`).length - 1).toBe(2);
    },
  );
});

it('completion knows commands, options and shipped configs', () => {
  const completions = (...words: string[]) =>
    doubletime(['--get-yargs-completions', 'doubletime', ...words]).stdout.split('\n');
  expect(completions('tr')).toContain('train');
  expect(completions('sweep', 'quick')).toContain('quickstart');
  expect(completions('train', 'synthetic', '--')).toContain('--set');
  expect(doubletime(['completion']).stdout).toContain('complete -o');
});

it('prints its version', () => {
  expect(doubletime(['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
