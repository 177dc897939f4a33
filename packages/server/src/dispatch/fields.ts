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
    if (!OF_THE_SERVER.has(name)) {
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

/** What belongs to the connection, to the framing of the body, or to the runtime. */
const OF_THE_SERVER: ReadonlySet<string> = new Set([
  'connection',
  'content-encoding',
  'content-length',
  'content-type',
  'host',
  'http2-settings',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'x-content-type-options',
  'x-trace-id',
]);

/** Two lists of fields as one; either may be missing. */
export function concatFields(first: Fields | undefined, second: Fields | undefined): Fields | undefined {
  if (first === undefined || second === undefined) {
    return first ?? second;
  }
  return [...first, ...second];
}
