import { fitLine, type LinePart } from '../numbers/fit-line.ts';
import { Painter, type Terminal } from './painter.ts';

const [MIN_BAR_WIDTH, MAX_BAR_WIDTH] = [5, 24];

/** A bar of `width` characters, filled up to `fraction` (0 to 1). It is full only for a fraction of 1. */
export function progressBar(fraction: number, width: number): string {
  const filled = Math.floor(Math.min(1, Math.max(0, fraction)) * width);
  return '█'.repeat(filled) + '░'.repeat(width - filled);
}

/** A bar with its text in one line of at most `columns` characters. The parts with the highest ranks are left out first. */
export function progressLine(fraction: number, parts: readonly LinePart[], columns: number): string {
  const text = fitLine(parts, columns - 1 - MIN_BAR_WIDTH);
  const width = Math.max(MIN_BAR_WIDTH, Math.min(MAX_BAR_WIDTH, columns - text.length - 1));
  return `${progressBar(fraction, width)} ${text}`.slice(0, columns);
}

/** Redraws one line at the end of a terminal's text, and prints other lines above it. */
export class ProgressDisplay {
  readonly #painter: Painter;
  readonly #showCursor = (): void => {
    this.clear();
  };

  constructor(out: Terminal) {
    this.#painter = new Painter(out);
  }

  /** Draws a line. `createLine` gets the maximum number of characters. */
  draw(createLine: (columns: number) => string): void {
    if (!process.listeners('exit').includes(this.#showCursor)) {
      process.once('exit', this.#showCursor);
      this.#painter.hideCursor();
    }
    this.#painter.draw([createLine(this.#painter.columns - 1)]);
  }

  /** Prints complete lines above the drawn line. They are not redrawn later. */
  print(text: string): void {
    this.#painter.print(text);
  }

  /** Removes the line and shows the cursor again. */
  clear(): void {
    process.off('exit', this.#showCursor);
    this.#painter.clear();
  }
}
