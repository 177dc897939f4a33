import { Code, ConnectError } from '@connectrpc/connect';

/**
 * What a transport threw, with one code for each thing that only the client knows: CANCELED when the caller gave
 * up, UNAVAILABLE when the connection failed before the answer was there. Transports report the latter as CANCELED
 * (the stream was reset), ABORTED (the socket was reset), INTERNAL or UNKNOWN (fetch).
 *
 * @param timeoutMs What the attempt had; 0: no limit.
 */
export function attemptError(
  reason: unknown,
  signal: AbortSignal | undefined,
  timeoutMs?: number | undefined,
): ConnectError {
  if (signal?.aborted) {
    return new ConnectError('the caller cancelled', Code.Canceled, undefined, undefined, signal.reason);
  }
  const error = ConnectError.from(reason);
  if (!isAnswer(error) && (error.code === Code.Canceled || isNetworkFailure(error))) {
    return new ConnectError(`no answer: ${error.rawMessage}`, Code.Unavailable, undefined, undefined, reason);
  }
  if (!isAnswer(error) && error.code === Code.DeadlineExceeded && timeoutMs) {
    const message = `no answer within ${timeoutMs} ms`;
    return new ConnectError(message, Code.DeadlineExceeded, undefined, undefined, reason);
  }
  return error;
}

/** Whether a server answered with this error: only then does it come with the headers of an answer. */
export function isAnswer(error: ConnectError): boolean {
  return !error.metadata.keys().next().done;
}

/** Errors of sockets and HTTP/2 streams carry such a code in Node; fetch rejects with a TypeError everywhere. */
function isNetworkFailure({ code, cause }: ConnectError): boolean {
  if (cause instanceof TypeError) {
    return code === Code.Unknown;
  }
  const name: unknown = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  return typeof name === 'string' && /^(E[A-Z]+|ERR_HTTP2_.+|ERR_STREAM_.+)$/.test(name);
}
