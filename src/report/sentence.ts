/** A note as a sentence: it begins with a capital letter and ends with a full stop. */
export function asSentence(note: string): string {
  const [first = ''] = note;
  const text = first.toUpperCase() + note.slice(first.length);
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
