import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageFile } from '../../../src/base/files/home.ts';
import { generatedPages } from '../../../scripts/generate/pages.ts';
import { configKeys } from '../../../scripts/generate/configs-page.ts';
import { commentedObjects, docOn } from '../../../scripts/generate/comments.ts';

describe('generated pages', async () => {
  it.each([...(await generatedPages())])('%s is current; otherwise run `npm run docs`', (path, text) => {
    expect(readFileSync(packageFile(path), 'utf8')).toBe(text);
  });
});

it('finds the comment of a key by the other keys of its object', () => {
  const objects = commentedObjects(packageFile('src/config'));
  const keys = ['batch', 'epochs', 'learningRate', 'warmupEpochs', 'warmupStart', 'schedule'];
  expect(docOn(objects, { keys }, 'batch')?.meaning).toBe('Images per training step.');
  expect(docOn(objects, { keys: ['batch', 'colour', 'size', 'weight', 'taste', 'age'] }, 'batch')).toBeUndefined();
});

it('tells two objects with the same keys apart by the constant that contains them', () => {
  const objects = commentedObjects(packageFile('src/recipe/methods'));
  const meaning = (owner: string) => docOn(objects, { keys: ['alpha'], owner }, 'alpha')?.meaning;
  expect(meaning('mixup')).toMatch(/./);
  expect(meaning('cutmix')).toMatch(/./);
  expect(meaning('mixup')).not.toBe(meaning('cutmix'));
});

describe.each([...configKeys()])('every key of %s', (_, rows) => {
  it('has a meaning', () => {
    expect(rows.filter(({ doc }) => !doc?.meaning).map(({ key }) => key)).toEqual([]);
  });

  it('accepts its own example', () => {
    const wrong = rows.flatMap(({ key, schema, doc }) => {
      if (doc?.example === undefined) return [];
      // zod compiles patterns without the flag that \p needs.
      const withoutPatterns = JSON.stringify(schema, (name, value: unknown) =>
        name === 'pattern' ? undefined : value,
      );
      const type = z.fromJSONSchema(JSON.parse(withoutPatterns) as z.core.JSONSchema.JSONSchema);
      return type.safeParse(parse(doc.example)).success ? [] : [`${key}: ${doc.example}`];
    });
    expect(wrong).toEqual([]);
    expect(rows.some(({ doc }) => doc?.example !== undefined)).toBe(true);
  });
});
