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

/**
 * What to compress the answer with: what the client likes best of what the server speaks, the first in its list where
 * it likes several the same; what it used itself where it does not say.
 */
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
  return WEIGHED.test(accepted) ? bestOf(accepted) : firstOf(accepted);
}

/** Lists with weights, or with a star for all that they do not name. */
const WEIGHED = /[;*]/;

function firstOf(accepted: string): Compression | undefined {
  for (const name of accepted.split(',')) {
    const found = byName.get(name.trim());
    if (found !== undefined) {
      return found;
    }
  }
  return undefined;
}

function bestOf(accepted: string): Compression | undefined {
  const weights = new Map<string, number>();
  for (const entry of accepted.split(',')) {
    const [name = '', ...parameters] = entry.split(';');
    weights.set(name.trim().toLowerCase(), weightOf(parameters));
  }
  const others = weights.get('*') ?? 0;
  for (const { name } of compressions) {
    if (!weights.has(name)) {
      weights.set(name, others);
    }
  }
  let best: Compression | undefined;
  // Answers as they are have to be liked better than compressed ones: lists name them as the last resort.
  let bestWeight = 0;
  for (const [name, weight] of weights) {
    const found = byName.get(name);
    if (found !== undefined && weight > bestWeight) {
      [best, bestWeight] = [found, weight];
    }
  }
  return (weights.get('identity') ?? 0) > bestWeight ? undefined : best;
}

/** From 0, "not this one", to 1; what is no weight counts as 1. */
function weightOf(parameters: readonly string[]): number {
  for (const parameter of parameters) {
    const [, weight] = WEIGHT.exec(parameter) ?? [];
    if (weight !== undefined) {
      return Number(weight);
    }
  }
  return 1;
}

const WEIGHT = /^\s*q\s*=\s*(0(?:\.\d*)?|1(?:\.0*)?)\s*$/i;
