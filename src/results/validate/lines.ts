import { isNode, LineCounter, parseDocument } from 'yaml';

/**
 * Returns a function that gives the line of a path in JSON text, from 1. If the path does not exist, it is that of the nearest
 * parent.
 */
export function lineFinder(text: string): (path: readonly PropertyKey[]) => number | null {
  const counter = new LineCounter();
  // JSON is a subset of YAML, and the YAML parser keeps the positions.
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false });
  return (path) => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range != null) return counter.linePos(node.range[0]).line;
    }
    return null;
  };
}

/** The line of a syntax error in JSON, from the position in V8's message; null if it gives none. */
export function syntaxErrorLine(text: string, message: string): number | null {
  const line = /line (\d+)/.exec(message)?.[1];
  if (line !== undefined) return Number(line);
  const position = /position (\d+)/.exec(message)?.[1];
  if (position !== undefined) return text.slice(0, Number(position)).split('\n').length;
  return /end of JSON/.test(message) ? text.split('\n').length : null;
}
