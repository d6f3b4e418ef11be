import { createHash } from 'node:crypto';
import { html, trusted, type Markup } from './escape.ts';

interface Page {
  readonly title: string;
  readonly body: Markup;
  readonly style: string;
  readonly script: string;
}

/**
 * The Content Security Policy. The page may run its own script, which is known by its hash, use its own style, and show images
 * that it made. It cannot load or send anything, so that an error in the escaping of names could do no harm.
 */
function policy(script: string): string {
  const hash = createHash('sha256').update(script).digest('base64');
  return [
    `default-src 'none'`,
    `script-src 'sha256-${hash}'`,
    `style-src 'unsafe-inline'`,
    `img-src blob: data:`,
    `base-uri 'none'`,
    `form-action 'none'`,
  ].join('; ');
}

/** The script element. Its content is exactly the text of the hash, without additional spaces. */
const scriptElement = (script: string): Markup => trusted(`<script>${script}</script>`);

/** The page as one HTML file, which needs no other file. */
export const pageHtml = ({ title, body, style, script }: Page): string =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy(script)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="referrer" content="no-referrer" />
        <title>${title}</title>
        <link rel="icon" href="data:," />
        <style>
          ${trusted(style)}
        </style>
      </head>
      <body>
        ${body} ${scriptElement(script)}
      </body>
    </html> `.text;
