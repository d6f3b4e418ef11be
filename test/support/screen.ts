/**
 * A simulated terminal with line breaks, wrapping, scrolling and the control sequences of the painter. It refuses all other
 * sequences, and keeps the lines that have scrolled off its top.
 */
export class Screen {
  readonly isTTY = true;
  columns: number;
  rows: number;
  /** All chunks that were written. */
  readonly writes: string[] = [];
  cursorIsHidden = false;
  readonly #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number, rows: number) {
    this.columns = columns;
    this.rows = rows;
  }

  /** All lines without empty lines at the end. */
  get text(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  write(text: string): boolean {
    this.writes.push(text);
    // eslint-disable-next-line no-control-regex -- the pattern must match the escape character
    for (const [piece] of text.matchAll(/\u001b\[\??\d*[A-Za-z]|[^]/gu)) this.#take(piece);
    return true;
  }

  #take(piece: string): void {
    if (piece === '\n') this.#down();
    else if (piece === '\r') this.#column = 0;
    else if (piece.startsWith('\u001b')) this.#obey(piece.slice(2));
    else this.#put(piece);
  }

  #down(): void {
    this.#row += 1;
    this.#column = 0;
    if (this.#row === this.#lines.length) this.#lines.push('');
  }

  #put(character: string): void {
    if (this.#column === this.columns) this.#down();
    const line = Array.from(this.#lines[this.#row]!.padEnd(this.#column));
    line[this.#column] = character;
    this.#lines[this.#row] = line.join('');
    this.#column += 1;
  }

  /** The cursor cannot move to lines that have scrolled off. */
  #up(count: number): void {
    const top = Math.max(0, this.#lines.length - this.rows);
    this.#row = Math.max(top, this.#row - count);
  }

  #obey(sequence: string): void {
    const [, count, name] = /^\??(\d*)([A-Za-z])$/.exec(sequence)!;
    const keep = Array.from(this.#lines[this.#row]!).slice(0, this.#column).join('');
    if (name === 'A') this.#up(Number(count));
    else if (name === 'K') this.#lines[this.#row] = keep;
    else if (name === 'J') this.#lines.splice(this.#row, Infinity, keep);
    else if (sequence === '?25l') this.cursorIsHidden = true;
    else if (sequence === '?25h') this.cursorIsHidden = false;
    else throw new Error(`a screen does not know the sequence ${sequence}`);
  }
}
