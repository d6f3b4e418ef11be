import { expect, test } from 'vitest';
import { html, jsonForScript, trusted } from '../../src/report/html/escape.ts';

const evil = `<script>alert("1")</script>'&`;
const harmless = '&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;';

test('a value in a template is escaped in content and in attributes', () => {
  expect(html`<p title="${evil}">${evil}</p>`.text).toBe(`<p title="${harmless}">${harmless}</p>`);
});

test('markup in a template stays markup, lists are joined, and null, undefined and false are empty', () => {
  const items = ['a', '<b>'].map((text) => html`<li>${text}</li>`);
  // prettier-ignore
  const list = html`<ul>${items}${null}${undefined}${false}${0}</ul>`;
  expect(list.text).toBe('<ul><li>a</li><li>&lt;b&gt;</li>0</ul>');
  expect(html`${trusted('<svg/>')}`.text).toBe('<svg/>');
});

test('JSON for a script element has no characters that could end it, and keeps its value', () => {
  const value = { name: `${evil}<!--\u2028\u2029`, deep: ['</script>'] };
  const { text } = jsonForScript(value);
  expect(text).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(value);
});
