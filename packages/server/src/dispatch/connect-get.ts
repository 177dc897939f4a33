import { runtimeFailure } from '../errors/runtime-code.ts';

/** A request of Connect's GET form. */
export interface ConnectQuery {
  /** `proto` or `json`. */
  readonly format: string;
  readonly compression: string | undefined;
  /** What would be the body of a POST. @throws CallFailure INVALID_ARGUMENT for one that is not Base64 as it says */
  message(): Uint8Array;
}

/**
 * Reads a query; `undefined` for one that is no request of Connect.
 *
 * @param versioned - whether it has to name the version
 */
export function connectQuery(query: string, versioned: boolean): ConnectQuery | undefined {
  const parameters = new URLSearchParams(query);
  const format = parameters.get('encoding');
  const message = parameters.get('message');
  const version = parameters.get('connect');
  if (format === null || message === null || (version !== 'v1' && (versioned || version !== null))) {
    return undefined;
  }
  const inBase64 = parameters.get('base64') === '1';
  return {
    format,
    compression: parameters.get('compression') ?? undefined,
    message: () => (inBase64 ? fromBase64(message) : Buffer.from(message)),
  };
}

function fromBase64(text: string): Uint8Array {
  if (!BASE64.test(text)) {
    throw runtimeFailure(
      'INVALID_ARGUMENT',
      'the query parameter message is not Base64; expected it to be, as base64=1 says',
    );
  }
  return Buffer.from(text, 'base64');
}

/** Either alphabet, padded or not. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
