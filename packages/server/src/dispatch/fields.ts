import type { FieldBlock, Fields } from './http-call.ts';

/** Fields that many answers share. */
export function fieldBlock(...fields: readonly string[]): FieldBlock {
  return { fields };
}

/**
 * Headers as fields, each name behind a prefix. What only the server itself may say of an answer is left out: a handler
 * that passes on what it got from elsewhere means none of it.
 *
 * @throws TypeError that names a header whose value cannot be sent
 */
export function fieldsOf(headers: Headers, prefix = ''): string[] {
  const fields: string[] = [];
  for (const [name, value] of headers) {
    if (!isOfServer(name)) {
      if (!isSendable(value)) {
        throw new TypeError(`the header ${name} of an answer has a value that HTTP cannot carry`);
      }
      fields.push(prefix + name, value);
    }
  }
  return fields;
}

/** Whether HTTP can carry a value: printable characters, those of Latin-1, and tabs. */
export function isSendable(value: string): boolean {
  return SENDABLE.test(value);
}

const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

/** Whether a header of an answer is the server's to set, so that what a handler says there is left out. */
export function isOfServer(name: string): boolean {
  return OF_THE_SERVER.has(name);
}

/** What belongs to one connection, or to the framing of a body. */
export const OF_THE_CONNECTION: readonly string[] = [
  'connection',
  'content-length',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];

const OF_THE_SERVER: ReadonlySet<string> = new Set([
  ...OF_THE_CONNECTION,
  // Of the body.
  'content-encoding',
  'content-type',
  'date',
  // Of the protocols, as connect-es lists them.
  'accept-encoding',
  'connect-accept-encoding',
  'connect-content-encoding',
  'connect-protocol-version',
  'connect-timeout-ms',
  'grpc-accept-encoding',
  'grpc-encoding',
  'grpc-message',
  'grpc-message-type',
  'grpc-status',
  'grpc-status-details-bin',
  'grpc-timeout',
  'user-agent',
  // Of the runtime.
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-allow-origin',
  'access-control-expose-headers',
  'access-control-max-age',
  'content-security-policy',
  'strict-transport-security',
  'x-content-type-options',
  'x-frame-options',
  'x-trace-id',
]);

/**
 * Two lists of fields as one, where the second has the last word: of a name that is in both, only its values are kept.
 * Cookies are kept all. Either may be missing.
 */
export function mergeFields(first: Fields | undefined, second: Fields | undefined): Fields | undefined {
  if (first === undefined || second === undefined) {
    return first ?? second;
  }
  return [...withoutNames(first, second), ...second];
}

/** Fields but for those whose names another list has, too. */
export function withoutNames(fields: Fields, others: Fields): Fields {
  const names = new Set(others.filter((name, index) => index % 2 === 0 && name !== 'set-cookie'));
  return fields.filter((_, index) => !names.has(fields[index - (index % 2)] as string));
}

/** Two lists of fields as one; either may be missing. */
export function concatFields(first: Fields | undefined, second: Fields | undefined): Fields | undefined {
  if (first === undefined || second === undefined) {
    return first ?? second;
  }
  return [...first, ...second];
}
