import type { RestErrorDetail } from '../rest-error.ts';

/** A value that does not fit its field. Thrown without a place, which the reader around it knows. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  readonly reason: string;

  /** @param expected - what the value should have been, e.g. `a string` */
  constructor(expected: string, reason = 'INVALID_VALUE') {
    super(expected);
    this.reason = reason;
  }
}

const MAX_SHOWN = 64;

/** What was found, for people: short, on one line. */
export function show(found: unknown): string {
  switch (typeof found) {
    case 'string':
      return JSON.stringify(found.length > MAX_SHOWN ? `${found.slice(0, MAX_SHOWN)}…` : found);
    case 'object':
      return found === null ? 'null' : Array.isArray(found) ? 'a list' : 'an object';
    default:
      return String(found);
  }
}

/** What kind of thing was found, for fields whose values are nobody's business. */
function kindOf(found: unknown): string {
  switch (typeof found) {
    case 'string':
      return 'a text';
    case 'object':
      return show(found);
    default:
      return `a ${typeof found}`;
  }
}

/** A field's problem as one sentence and as a detail. */
export function describeProblem(
  path: string,
  error: ValueError,
  found: unknown,
  confidential: boolean,
): { message: string; detail: RestErrorDetail } {
  const shown = confidential ? kindOf(found) : show(found);
  const place = path === '' ? 'the body' : path;
  const detail: RestErrorDetail = { field: path, reason: error.reason };
  return {
    message: `${place}: found ${shown}; expected ${error.message}`,
    detail: confidential ? detail : { ...detail, value: shown },
  };
}
