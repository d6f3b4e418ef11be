// Loaded before a program's own code: once a file exists, the time of day jumps back by a day, as when a clock is
// corrected. `performance.now` and timers are not affected, as in that case.
import { existsSync } from 'node:fs';

const sign = process.env['CLOCK_SET_BACK_WHEN'] ?? '';
const RealDate = Date;
const DAY_MS = 86_400_000;
let setBack = false;

function now() {
  setBack ||= existsSync(sign);
  return RealDate.now() - (setBack ? DAY_MS : 0);
}

globalThis.Date = class extends RealDate {
  constructor(...given) {
    super(...(given.length === 0 ? [now()] : given));
  }
  static now() {
    return now();
  }
};
