/** What a field's name asks of its value, or of the message. */
export const Rule = {
  /** Any value that HTTP can carry. */
  PLAIN: 0,
  /** The field belongs to connections of HTTP/1.1 (RFC 9113, 8.2.2). */
  FORBIDDEN: 1,
  TE: 2,
  CONTENT_LENGTH: 3,
  HOST: 4,
} as const;

/** The names that have a rule, and the usual ones, whose letters need not be looked at. */
const RULES: ReadonlyMap<string, number> = new Map([
  ...['connection', 'keep-alive', 'proxy-connection', 'transfer-encoding', 'upgrade'].map(
    (name) => [name, Rule.FORBIDDEN] as const,
  ),
  ['te', Rule.TE],
  ['content-length', Rule.CONTENT_LENGTH],
  ['host', Rule.HOST],
  ...[
    ...['accept', 'accept-encoding', 'accept-language', 'authorization', 'cache-control', 'content-encoding'],
    ...['content-type', 'cookie', 'grpc-accept-encoding', 'grpc-timeout', 'idempotency-key', 'origin'],
    ...['referer', 'traceparent', 'tracestate', 'user-agent', 'grpc-encoding', 'connect-protocol-version'],
    ...[
      'forwarded',
      'via',
      'x-forwarded-for',
      'x-forwarded-host',
      'x-forwarded-proto',
      'x-real-ip',
      'x-request-id',
    ],
  ].map((name) => [name, Rule.PLAIN] as const),
]);

/** A token (RFC 9110, 5.6.2) without capitals. */
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/;

const TAB = 0x09;
const SPACE = 0x20;

/** The rule of a regular field's name; `undefined` where it is no name in HTTP/2. */
export function ruleOf(name: string): number | undefined {
  return RULES.get(name) ?? (NAME.test(name) ? Rule.PLAIN : undefined);
}

/**
 * Whether HTTP/2 can carry a value: printable characters, those of Latin-1, and tabs; it neither begins nor ends with
 * white space (RFC 9113, 8.2.1). A loop, since most values are shorter than the way to a regular expression.
 */
export function isValue(value: string): boolean {
  const last = value.length - 1;
  for (let at = 0; at <= last; at++) {
    const unit = value.charCodeAt(at);
    const isInner = at > 0 && at < last && (unit === SPACE || unit === TAB);
    if (!isVisible(unit) && !isInner) {
      return false;
    }
  }
  return true;
}

/** Whether a character of a field is printable and no white space, or beyond ASCII. */
export function isVisible(unit: number): boolean {
  return unit > SPACE && unit <= 0xff && unit !== 0x7f;
}

/** How a field is told of in an error: without its value, which may be a secret. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 64 ? `${name.slice(0, 64)}…` : name);
}
