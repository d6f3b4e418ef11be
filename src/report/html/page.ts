import { createHash } from 'node:crypto';
import { html, trusted, type Markup } from './escape.ts';

interface Page {
  readonly title: string;
  readonly body: Markup;
  readonly style: string;
  readonly script: string;
}

/**
 * What the page may do: run its one script, known by its hash, style itself, show images it made. Nothing can be loaded
 * and nothing sent, so even a flaw in the escaping of names would have nowhere to go.
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

/** Without a space more or less than the hash was taken of. */
const scriptElement = (script: string): Markup => trusted(`<script>${script}</script>`);

/** One HTML file that needs nothing else. */
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
