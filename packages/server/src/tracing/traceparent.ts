/** What a W3C `traceparent` header says. */
export interface TraceParent {
  /** 32 lower-case hexadecimal digits, not all 0. */
  readonly traceId: string;
  /** 16 lower-case hexadecimal digits, not all 0. */
  readonly spanId: string;
  /** 8 bits. */
  readonly flags: number;
}

/** The flag that says that the trace is recorded. */
export const SAMPLED = 1;

const VERSION_0_LENGTH = 55;
const TRACE_AT = 3;
const SPAN_AT = 36;
const FLAGS_AT = 53;
const DASH = 45;

/**
 * Reads a `traceparent`. Later versions of the format may go on after what is known.
 *
 * @returns `undefined` for what is not valid, as if nothing had been sent
 */
export function parseTraceparent(text: string | null | undefined): TraceParent | undefined {
  if (text == null || text.length < VERSION_0_LENGTH) {
    return undefined;
  }
  const version = hexValue(text, 0, 2);
  const isWhole =
    text.length === VERSION_0_LENGTH || (version > 0 && text.charCodeAt(VERSION_0_LENGTH) === DASH);
  if (
    version < 0 ||
    version === 0xff ||
    !isWhole ||
    text.charCodeAt(TRACE_AT - 1) !== DASH ||
    text.charCodeAt(SPAN_AT - 1) !== DASH ||
    text.charCodeAt(FLAGS_AT - 1) !== DASH ||
    !isId(text, TRACE_AT, SPAN_AT - 1) ||
    !isId(text, SPAN_AT, FLAGS_AT - 1)
  ) {
    return undefined;
  }
  const flags = hexValue(text, FLAGS_AT, VERSION_0_LENGTH);
  return flags < 0
    ? undefined
    : {
        traceId: text.slice(TRACE_AT, SPAN_AT - 1),
        spanId: text.slice(SPAN_AT, FLAGS_AT - 1),
        flags,
      };
}

/** A `traceparent` of version 0. */
export function formatTraceparent({ traceId, spanId, flags }: TraceParent): string {
  return `00-${traceId}-${spanId}-${flags < 16 ? '0' : ''}${flags.toString(16)}`;
}

/** Whether a part is hexadecimal and not all 0. */
function isId(text: string, from: number, to: number): boolean {
  let any = 0;
  for (let index = from; index < to; index++) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) {
      return false;
    }
    any |= digit;
  }
  return any !== 0;
}

/** The number that a part stands for; -1 for one that is not hexadecimal. */
function hexValue(text: string, from: number, to: number): number {
  let value = 0;
  for (let index = from; index < to; index++) {
    const digit = hexDigit(text.charCodeAt(index));
    if (digit < 0) {
      return -1;
    }
    value = value * 16 + digit;
  }
  return value;
}

/** Only lower case is valid. */
function hexDigit(code: number): number {
  if (code >= 48 && code <= 57) {
    return code - 48;
  }
  return code >= 97 && code <= 102 ? code - 87 : -1;
}
