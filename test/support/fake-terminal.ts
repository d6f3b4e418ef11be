import { Writable } from 'node:stream';

/** The control sequences of a progress bar. Any other sequence is an error. */
// eslint-disable-next-line no-control-regex
const SEQUENCE = /\x1b(?:([78])|\[(\??\d*(?:;\d+)*)([A-Za-z]))/y;

/** The parts of a terminal that a progress bar needs: lines that wrap, a cursor, and erasing within a line. */
export class FakeTerminal extends Writable {
  readonly isTTY = true;
  readonly columns: number;
  readonly lines: string[][] = [[]];
  /** The content of a line each time the cursor returned to its start. */
  readonly drawn: string[] = [];
  cursorShown = true;
  wraps = 0;
  #row = 0;
  #column = 0;
  #saved = { row: 0, column: 0 };

  constructor(columns: number) {
    super({ decodeStrings: false });
    this.columns = columns;
  }

  override _write(text: string, _encoding: string, done: () => void): void {
    for (let at = 0; at < text.length;) {
      SEQUENCE.lastIndex = at;
      const found = SEQUENCE.exec(text);
      if (found) this.#control(found[1] ?? found[3]!, found[2] ?? '');
      else this.#put(text[at]!);
      at += found ? found[0].length : 1;
    }
    done();
  }

  /** The visible text without trailing spaces. */
  get screen(): string[] {
    const lines = this.lines.map((cells) => cells.join('').trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  #put(character: string): void {
    if (character === '\x1b') throw new Error('a control sequence that this terminal does not know');
    if (character === '\n') {
      this.#newLine();
      return;
    }
    if (this.#column === this.columns) {
      this.wraps += 1;
      this.#newLine();
    }
    this.lines[this.#row]![this.#column++] = character;
  }

  #newLine(): void {
    this.#column = 0;
    this.#row += 1;
    this.lines[this.#row] ??= [];
  }

  #control(letter: string, argument: string): void {
    const line = this.lines[this.#row]!;
    if (letter === '7') this.#saved = { row: this.#row, column: this.#column };
    else if (letter === '8') ({ row: this.#row, column: this.#column } = this.#saved);
    else if (letter === 'G') {
      this.drawn.push(line.join(''));
      this.#column = Number(argument || 1) - 1;
    } else if (letter === 'K' && argument === '2') line.length = 0;
    else if (letter === 'K') line.length = Math.min(line.length, this.#column);
    else if (argument === '?25') this.cursorShown = letter === 'h';
    else if (argument !== '?7') throw new Error(`control sequence ${argument}${letter}`);
  }
}
