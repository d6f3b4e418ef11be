import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';
import { planSweep } from '../src/api/plan-sweep.ts';
import { temporaryFolder } from './support/sweeps.ts';

/** The YAML examples of the user documentation, with their page. */
const examples = readdirSync('docs')
  .filter((name) => name.endsWith('.md'))
  .flatMap((name) =>
    [...readFileSync(join('docs', name), 'utf8').matchAll(/^```yaml\n(.*?)^```/gms)].map(
      ([, text]): [page: string, text: string] => [name, text!],
    ),
  );

describe('the YAML examples of the documentation', () => {
  it.each(examples)('of %s are valid YAML (%#)', (_page, text) => {
    expect(parseDocument(text).errors).toEqual([]);
  });

  it('of docs/sweeps.md include a sweep that can be planned beside the shipped sweeps', () => {
    const [, sweep] = examples.find(([, text]) => text.startsWith('question:'))!;
    const folder = temporaryFolder();
    cpSync('configs/recipes', join(folder, 'recipes'), { recursive: true });
    mkdirSync(join(folder, 'sweeps'));
    const file = join(folder, 'sweeps', 'example.yaml');
    writeFileSync(file, sweep);
    const { runs } = planSweep(file);
    expect(runs.map(({ name }) => name)).toEqual(expect.arrayContaining(['alexnet', 'thin-mobilenet']) as string[]);
    expect(runs).toHaveLength(2 * 3 + 2 * 2 * 2);
  });
});
