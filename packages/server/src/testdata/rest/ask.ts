import type { Message } from '@bufbuild/protobuf';
import { RestError } from '../../rest/rest-error.ts';
import type { RestRoute } from '../../rest/route.ts';
import type { Transcoder } from '../../rest/transcoder.ts';

/** What a request may have besides its first line. */
export interface AskOptions {
  readonly headers?: Record<string, string>;
  /** Text is sent as it is; anything else as JSON. */
  readonly body?: unknown;
}

/** Decodes a request such as `GET /v1/x?y=z`. Throws when there is no route. */
export function ask(
  transcoder: Transcoder,
  line: string,
  options: AskOptions = {},
): { route: RestRoute; message: Message } {
  const [httpMethod = '', target = ''] = line.split(' ');
  const [path = '', query = ''] = target.split('?');
  const match = transcoder.match(httpMethod, path);
  if (match?.kind !== 'route') {
    throw new Error(`no route for ${line}: ${JSON.stringify(match)}`);
  }
  const { body } = options;
  const headers = new Headers({
    ...(body !== undefined && { 'content-type': 'application/json' }),
    ...options.headers,
  });
  const bytes =
    body instanceof Uint8Array
      ? body
      : new TextEncoder().encode(typeof body === 'string' ? body : (JSON.stringify(body) ?? ''));
  return {
    route: match.route,
    message: transcoder.decode(match, { query, headers, body: bytes }),
  };
}

/** Why a request is refused. Throws when it is not. */
export function refusalOf(transcoder: Transcoder, line: string, options: AskOptions = {}): RestError {
  try {
    ask(transcoder, line, options);
  } catch (reason) {
    if (reason instanceof RestError) {
      return reason;
    }
    throw reason;
  }
  throw new Error(`expected ${line} to be refused`);
}
