/**
 * The message with which a program ended: the last line of its output that begins a message. Indented lines, such as those of a
 * stack trace, continue a message.
 * @returns an empty string if the output is empty.
 */
export function closingMessage(output: string): string {
  const lines = output.split('\n').filter((line) => line.trim() !== '');
  return (lines.findLast((line) => /^\S/.test(line)) ?? lines.at(-1) ?? '').trim();
}
