import { expect, it } from 'vitest';
import { withRegion } from '../../../scripts/generate/markdown.ts';

it('withRegion replaces the text between the marks, and refuses a page without them', () => {
  const page = 'a\n<!-- begin x: npm run docs -->\nold\n<!-- end x -->\nb\n';
  const region = { name: 'x', command: 'npm run docs', text: 'new' };
  const marked = withRegion(page, region);
  expect(marked).toBe('a\n<!-- begin x: npm run docs -->\n\nnew\n\n<!-- end x -->\nb\n');
  expect(withRegion(marked, region)).toBe(marked);
  expect(() => withRegion('a', region)).toThrow(/expected "<!-- begin x/);
});
