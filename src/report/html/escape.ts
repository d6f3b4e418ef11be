import { printableText } from '../../base/printable.ts';

/** Markup that a page contains unchanged; only `html` and `trusted` create it. */
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

/** Text without special characters of HTML, for element content and quoted attributes; also valid in XML. */
export const escapeHtml = (text: string): string =>
  printableText(text).replaceAll(/[&<>"']/g, (character) => entities[character]!);

function render(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escapeHtml(part);
  if (typeof part === 'number') return String(part);
  return part.map(render).join('');
}

/** A template that escapes every value except Markup. Lists are joined; null, undefined and false are left out. */
export const html = (strings: TemplateStringsArray, ...parts: readonly Part[]): Markup =>
  new Markup(String.raw({ raw: strings }, ...parts.map(render)));

/** Markup from our own files or from Vega, which escapes its text. Never use it for text from a measurement. */
export const trusted = (text: string): Markup => new Markup(text);

/**
 * JSON for a script element. It has no `<`, so neither `</script>` nor `<!--` can occur, and no Unicode line separators.
 */
export const jsonForScript = (value: unknown): Markup =>
  new Markup(
    JSON.stringify(value).replaceAll(
      /[<>&\u2028\u2029]/g,
      (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  );
