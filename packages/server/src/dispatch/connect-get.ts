/** A request of Connect's GET form. */
export interface ConnectQuery {
  /** `proto` or `json`. */
  readonly format: string;
  readonly compression: string | undefined;
  /** As it would be in the body of a POST. */
  readonly message: Uint8Array;
}

/**
 * Reads a query; `undefined` for one that is no request of Connect, or a malformed one.
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
  const inBase64 = parameters.get('base64');
  if (inBase64 === '1' && !BASE64.test(message)) {
    return undefined;
  }
  return {
    format,
    compression: parameters.get('compression') ?? undefined,
    message: Buffer.from(message, inBase64 === '1' ? 'base64' : 'utf8'),
  };
}

/** Either alphabet, padded or not. */
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
