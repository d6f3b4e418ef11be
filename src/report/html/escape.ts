import { printableText } from '../../base/printable.ts';

/** Markup that may stand in a page as it is; only `html` and `trusted` make it. */
class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}
export type { Markup };

type Part = Markup | string | number | null | undefined | false | readonly Part[];

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text that means nothing to HTML, in element content and in quoted attributes, and that XML may hold too. */
export const escapeHtml = (text: string): string =>
  printableText(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(render).join('');
}

/** A template whose every value is escaped, unless it is Markup; lists are joined, null and false are nothing. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(String.raw({ raw: strings }, ...parts.map(render)));

/** Markup that comes from our own files or from Vega, which escapes what it draws. Never text from a measurement. */
export const trusted = (text: string): Markup => new Markup(text);

/**
 * JSON that can stand inside a script element: no `<`, so neither `</script>` nor `<!--` can occur, and none of the line
 * separators that JavaScript once took for line ends.
 */
export const jsonForScript = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replaceAll(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
