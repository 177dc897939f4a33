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
 * @throws CallFailure UNIMPLEMENTED for a compression the server does not know
 */
export function requestCompression(header: string, name: string | undefined): Compression | undefined {
  if (name === undefined || name === 'identity' || name === '') {
    return undefined;
  }
  const found = byName.get(name);
  if (found === undefined) {
    throw runtimeFailure(
      'UNIMPLEMENTED',
      `${header} is "${name.slice(0, 64)}"; expected identity or one of ${compressionNames}`,
    );
  }
  return found;
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
