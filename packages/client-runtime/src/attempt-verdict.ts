import { Code, type ConnectError } from '@connectrpc/connect';
import { isAnswer } from './attempt-error.ts';
import type { Verdict } from './circuit-breaker.ts';

/**
 * What a failed attempt says of the service. An answer that is not the service's own fault, such as a refused
 * request, says that it works.
 *
 * @param hadItsTime Whether the attempt could last as long as the policy lets the server work.
 */
export function verdictOf(error: ConnectError, hadItsTime: boolean): Verdict {
  switch (error.code) {
    case Code.Unavailable:
      return 'failure';
    case Code.DeadlineExceeded:
      return isAnswer(error) || hadItsTime ? 'failure' : 'ignored';
    case Code.Internal:
    case Code.Unknown:
    case Code.DataLoss:
      // Without an answer it is the client that failed, for example to encode the request.
      return isAnswer(error) ? 'failure' : 'ignored';
    case Code.Canceled:
      return 'ignored';
    default:
      return isAnswer(error) ? 'success' : 'ignored';
  }
}
