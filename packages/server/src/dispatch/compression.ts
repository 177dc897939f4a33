import { compressionBrotli, compressionGzip } from '@connectrpc/connect-node';
import { runtimeFailure } from '../errors/runtime-code.ts';

/** A way to compress messages. */
export type Compression = typeof compressionGzip;

/** What the server understands and speaks, its favourite first. */
export const compressions: readonly Compression[] = [compressionGzip, compressionBrotli];

/** Names of all compressions, as `accept-encoding` and its like list them. */
export const compressionNames: string = compressions.map(({ name }) => name).join(',');

/** Bytes below which compressing a message costs more than it saves. */
export const COMPRESS_MIN_BYTES = 1024;

const byName = new Map(compressions.map((compression) => [compression.name, compression]));

/**
 * What the request is compressed with.
 *
 * @param refusal - of a compression the server does not know; default: a CallFailure UNIMPLEMENTED, as gRPC and Connect
 * want it
 * @throws what `refusal` makes
 */
export function requestCompression(
  header: string,
  name: string | undefined,
  refusal: (message: string) => Error = unimplemented,
): Compression | undefined {
  if (name === undefined || name === 'identity' || name === '') {
    return undefined;
  }
  const found = byName.get(name);
  if (found === undefined) {
    throw refusal(`${header} is "${name.slice(0, 64)}"; expected identity or one of ${compressionNames}`);
  }
  return found;
}

function unimplemented(message: string): Error {
  return runtimeFailure('UNIMPLEMENTED', message);
}

/** What to compress the answer with: the first that the client accepts, else what it used itself. */
export function answerCompression(
  accepted: string | undefined,
  used: Compression | undefined,
): Compression | undefined {
  if (accepted === undefined || accepted === '') {
    return used;
  }
  if (accepted === 'identity') {
    return undefined;
  }
  for (const entry of accepted.split(',')) {
    const [name, ...parameters] = entry.split(';');
    const found = byName.get(name?.trim() ?? '');
    if (found !== undefined && !parameters.some((parameter) => REFUSED.test(parameter))) {
      return found;
    }
  }
  return undefined;
}

/** A weight of zero: "not this one". */
const REFUSED = /^\s*q\s*=\s*0(?:\.0*)?\s*$/;
