import { printableText } from '../../base/text/printable.ts';

/** Markup that a page contains unchanged. Only the functions of this file create it. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type { Markup };

/** A value in a template. */
type TemplateValue = Markup | string | number | null | undefined | false | readonly TemplateValue[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes the special characters of HTML and XML, for the content of elements and for quoted attributes. */
export const escapeHtml = (text: string): string =>
  printableText(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);

function render(part: TemplateValue): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(render).join('');
}

/** A template that escapes all values except Markup. Lists are joined; null, undefined and false become empty text. */
export const html = (strings: TemplateStringsArray, ...parts: readonly TemplateValue[]): Markup =>
  new Markup(String.raw({ raw: strings }, ...parts.map(render)));

/** Markup from doubletime's own files or from Vega, which escapes its text. Never use it for text from a measurement. */
export const trusted = (text: string): Markup => new Markup(text);

/**
 * JSON for a script element. `<` and Unicode line separators are escaped, so that neither `</script>` nor `<!--` can occur.
 */
export const jsonForScript = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replaceAll(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
