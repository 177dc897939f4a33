import { runtimeFailure } from '../errors/runtime-code.ts';

/** Bytes before every message: flags, and the message's length. */
export const ENVELOPE_BYTES = 5;
export const COMPRESSED = 0b0000_0001;

/** A message, and where in its body it begins: most are read where they are. */
export interface Enveloped {
  readonly compressed: boolean;
  readonly body: Uint8Array;
  readonly start: number;
}

/**
 * The one message of a unary request.
 *
 * @param flags - bits of the flags that may be set
 * @throws CallFailure when there is none, more than one, not all of it, or more than `maxBytes`
 */
export function unwrap(body: Uint8Array, maxBytes: number): Enveloped {
  if (body.length === 0) {
    throw runtimeFailure('UNIMPLEMENTED', 'the request has no message; expected one');
  }
  const promised = body.length < ENVELOPE_BYTES ? undefined : lengthOf(body);
  if (promised !== undefined && promised > maxBytes) {
    throw runtimeFailure(
      'MESSAGE_TOO_LARGE',
      `the request message has ${promised} bytes; expected at most ${maxBytes}`,
    );
  }
  const end = ENVELOPE_BYTES + (promised ?? 0);
  if (promised === undefined || body.length < end) {
    throw runtimeFailure(
      'INVALID_ARGUMENT',
      `the request ends within a message: found ${body.length} bytes, expected ${end}`,
    );
  }
  const flags = body[0] as number;
  if (flags > COMPRESSED) {
    throw runtimeFailure(
      'INVALID_ARGUMENT',
      `the flags of the request message are 0x${flags.toString(16)}; expected 0x0 or 0x1`,
    );
  }
  if (body.length > end) {
    throw runtimeFailure('UNIMPLEMENTED', 'the request has more than one message; expected one');
  }
  return { compressed: flags === COMPRESSED, body, start: ENVELOPE_BYTES };
}

/** A message in its envelope, with `tail` right behind it. */
export function wrap(data: Uint8Array, compressed: boolean, tail?: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(ENVELOPE_BYTES + data.length + (tail?.length ?? 0));
  writeHead(bytes, compressed ? COMPRESSED : 0, data.length);
  bytes.set(data, ENVELOPE_BYTES);
  if (tail !== undefined) {
    bytes.set(tail, ENVELOPE_BYTES + data.length);
  }
  return bytes;
}

/** Completes an envelope whose message is in place already. */
export function headed(bytes: Uint8Array): Uint8Array {
  writeHead(bytes, 0, bytes.length - ENVELOPE_BYTES);
  return bytes;
}

/** Writes the head of an envelope to the beginning of `bytes`. */
export function writeHead(bytes: Uint8Array, flags: number, length: number): void {
  bytes[0] = flags;
  bytes[1] = length >>> 24;
  bytes[2] = length >>> 16;
  bytes[3] = length >>> 8;
  bytes[4] = length;
}

function lengthOf(body: Uint8Array): number {
  return (
    (body[1] as number) * 2 ** 24 +
    (((body[2] as number) << 16) | ((body[3] as number) << 8) | (body[4] as number))
  );
}
