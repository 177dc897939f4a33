/**
 * Runs source text as the body of a function that knows the names of `scope`, and gives back what it returns: code
 * that was made for one type is faster than code for all types. Undefined where Node.js may not make code of text
 * (`--disallow-code-generation-from-strings`). Names from a contract get into source by `quoted` alone.
 *
 * @throws SyntaxError for source that is no JavaScript
 */
export function generated<T>(source: string, scope: Readonly<Record<string, unknown>>): T | undefined {
  try {
    return new Function(...Object.keys(scope), `'use strict';\n${source}`)(...Object.values(scope)) as T;
  } catch (reason) {
    if (reason instanceof EvalError) {
      return undefined;
    }
    throw reason;
  }
}

/** A value of a descriptor as a literal of JavaScript, whatever is in it. */
export function quoted(value: string | number | boolean | bigint): string {
  return typeof value === 'bigint' ? `${value}n` : JSON.stringify(value);
}
