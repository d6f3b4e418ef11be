/** Matches a string, or a character of JSON's structure. */
const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/gy;
const BETWEEN = /[^"{}[\],:]*/y;

/**
 * The first key that occurs twice in one object of JSON text; undefined if there is none. `JSON.parse` would silently keep the last
 * value. The text must be valid JSON.
 */
export function duplicateKey(text: string): string | undefined {
  const open: (Set<string> | undefined)[] = [];
  let last = '';
  for (let at = 0; at < text.length;) {
    BETWEEN.lastIndex = at;
    at += BETWEEN.exec(text)?.[0].length ?? 0;
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(text)?.[0];
    if (token === undefined) return undefined;
    at += token.length;
    if (token === '{') open.push(new Set());
    else if (token === '[') open.push(undefined);
    else if (token === '}' || token === ']') open.pop();
    else if (token === ':') {
      const key = JSON.parse(last) as string;
      const keys = open.at(-1);
      if (keys?.has(key)) return key;
      keys?.add(key);
    }
    last = token;
  }
  return undefined;
}
