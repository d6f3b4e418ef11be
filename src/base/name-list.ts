const MAX_CHARACTERS = 100;

/** A name from a file for a one-line message: without control characters, and cut if it is very long. */
export function shortName(name: string): string {
  const plain = name.replaceAll(/\p{Cc}/gu, '\ufffd');
  return plain.length > MAX_CHARACTERS ? `${plain.slice(0, MAX_CHARACTERS)}…` : plain;
}

/** `a, b and 3 more`: at most `most` names. */
export function nameList(names: readonly string[], most = 10): string {
  const shown = names.slice(0, most).map(shortName).join(', ');
  return names.length > most ? `${shown} and ${names.length - most} more` : shown;
}
