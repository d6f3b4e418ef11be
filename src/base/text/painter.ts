import { exactly, printable, printableLines } from './printable.ts';

const escape = '\u001b[';

/** Cuts a line to `width` characters; an ellipsis shows that text is missing. */
export const truncateText = (line: string, width: number): string => {
  const characters = Array.from(line);
  return characters.length <= width ? line : `${characters.slice(0, Math.max(0, width - 1)).join('')}\u2026`;
};

/** The members of a terminal's stream that are used here. Some terminals report no size. */
export interface Terminal {
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

/**
 * Redraws lines at the end of a terminal's text, and prints other lines above them. Removes control characters, and cuts the lines to
 * the terminal's width and height, so that the cursor always returns to the first line. Each update is a single write, which avoids
 * flicker.
 */
export class Painter {
  readonly #out: Terminal;
  #lines: readonly string[] = [];
  #hidesCursor = false;

  constructor(out: Terminal) {
    this.#out = exactly(out);
  }

  get columns(): number {
    return Math.max(1, this.#out.columns ?? 80);
  }

  /** The maximum number of lines that `draw` shows; one row is left for the cursor. */
  get rows(): number {
    return Math.max(1, (this.#out.rows ?? 24) - 1);
  }

  /** Replaces the drawn lines by these. */
  draw(lines: readonly string[]): void {
    const shown = lines.slice(0, this.rows).map((line) => truncateText(printable(line), this.columns - 1));
    if (shown.length === this.#lines.length && shown.every((line, i) => line === this.#lines[i])) return;
    this.#paint('', shown);
  }

  /** Prints complete lines above the drawn lines. They are not redrawn later. */
  print(text: string): void {
    this.#paint(`${printableLines(text).replaceAll('\n', `${escape}K\n`)}${escape}K\n`, this.#lines);
  }

  /** Removes the drawn lines and shows the cursor again. */
  clear(): void {
    if (this.#lines.length > 0) this.#paint('', []);
    if (this.#hidesCursor) this.#out.write(`${escape}?25h`);
    this.#hidesCursor = false;
  }

  hideCursor(): void {
    this.#out.write(`${escape}?25l`);
    this.#hidesCursor = true;
  }

  #paint(above: string, lines: readonly string[]): void {
    // If the terminal has become narrower, the drawn lines take more rows.
    const drawnRows = this.#lines.reduce(
      (rows, line) => rows + Math.max(1, Math.ceil(Array.from(line).length / this.columns)),
      0,
    );
    const back = drawnRows > 0 ? `${escape}${drawnRows}A` : '';
    const drawn = lines.map((line) => `${line}${escape}K\n`).join('');
    this.#out.write(`${back}\r${above}${drawn}${escape}J`);
    this.#lines = lines;
  }
}
