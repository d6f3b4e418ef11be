/** A note as a sentence, with a capital letter at its start and a full stop at its end. */
export function asSentence(note: string): string {
  const [first = ''] = note;
  const text = first.toUpperCase() + note.slice(first.length);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
