const MAX_CHARACTERS = 100;

/** A name from a file for a message in one line: without control characters, and cut to 100 characters. */
export function shortName(name: string): string {
  const plain = name.replaceAll(/\p{Cc}/gu, '\ufffd');
  return plain.length > MAX_CHARACTERS ? `${plain.slice(0, MAX_CHARACTERS)}…` : plain;
}

/** Lists at most `max` names: `a, b and 3 more`. */
export function nameList(names: readonly string[], max = 10): string {
  const shown = names.slice(0, max).map(shortName).join(', ');
  return names.length > max ? `${shown} and ${names.length - max} more` : shown;
}
