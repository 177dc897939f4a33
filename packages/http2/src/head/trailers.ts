import { isValue, quoted, Rule, ruleOf } from './field-rules.ts';

/** What is wrong with the trailers of a request; `undefined`: nothing. */
export function problemOfTrailers(fields: readonly string[]): string | undefined {
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] as string;
    const rule = ruleOf(name);
    if (rule === undefined) {
      return `the trailers have ${quoted(name)}, which is no name of a trailer`;
    }
    if (rule === Rule.FORBIDDEN || rule === Rule.TE) {
      return `the trailers have ${name}, which HTTP/2 does not have`;
    }
    if (!isValue(fields[index + 1] as string)) {
      return `the trailer ${name} has a value that HTTP cannot carry`;
    }
  }
  return undefined;
}
