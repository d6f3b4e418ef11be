import { expect, it } from 'vitest';
import { closingMessage } from '../../../src/base/text/closing-message.ts';

it.each([
  ['doubletime: disk full\n', 'doubletime: disk full'],
  ['step 1\nError: no kernel\n\t [[{{node train/306}}]]\n    at step (engine.ts:1:2)\n\n', 'Error: no kernel'],
  ['    at step (engine.ts:1:2)\n', 'at step (engine.ts:1:2)'],
  ['\n', ''],
])('%j ends with the message %j', (output, message) => {
  expect(closingMessage(output)).toBe(message);
});
