/** The minimum number of letters to insert, delete, change or swap with a neighbour to turn one word into the other. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(change, previous[j]! + 1, row[j - 1]! + 1);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, beforePrevious[j - 2]! + 1);
      row.push(best);
    }
    beforePrevious = previous;
    previous = row;
  }
  return previous[b.length]!;
}

const plain = (word: string): string => word.toLowerCase().replaceAll(/[^a-z0-9]/g, '');

/** At most `max` known words that are similar to a mistyped word, the most similar first. Words that are too different are left out. */
export function nearest(word: string, known: Iterable<string>, max = 3): string[] {
  const typed = plain(word);
  return [...known]
    .map((name) => ({ name, distance: editDistance(typed, plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(2, Math.ceil(name.length / 3)))
    .sort((a, b) => a.distance - b.distance || (a.name < b.name ? -1 : 1))
    .slice(0, max)
    .map(({ name }) => name);
}

/** `did you mean "x"?`, or all known words if none is similar. */
export function suggestion(word: string, known: Iterable<string>): string {
  const names = [...known];
  const [best] = nearest(word, names, 1);
  if (best !== undefined) return `did you mean "${best}"?`;
  return names.length === 0 ? 'none is known' : `expected one of: ${names.join(', ')}`;
}
