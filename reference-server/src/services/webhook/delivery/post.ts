import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import https from 'node:https';
import type { SecureContextOptions } from 'node:tls';
import { type CallbackRules, checkCallbackUrl } from '../../../domain/webhook/index.ts';
import { checkedLookup, ForbiddenHost, trustedLookup } from './checked-host.ts';
import { type ResolveHost, systemResolver } from './resolve-host.ts';

/** One message to one address. */
export interface PostRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Milliseconds for all of it: name, connection, answer. */
  readonly timeoutMs: number;
  /** Breaks it off. */
  readonly signal: AbortSignal;
}

/** What the receiver said, or why it said nothing. */
export type PostOutcome =
  | { readonly kind: 'answered'; readonly status: number; readonly retryAfter: string | undefined }
  | { readonly kind: 'failed'; readonly reason: string };

/** Sends messages to addresses that strangers have named. */
export interface Poster {
  post(request: PostRequest): Promise<PostOutcome>;
  /** Ends idle connections. */
  close(): void;
}

/** Bytes of an answer that are read; of what follows nothing is. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** Idle connections that are kept to one receiver and in all, and for how long in milliseconds. */
const KEPT = { keepAlive: true, maxFreeSockets: 2, maxTotalSockets: 1024, timeout: 10_000 };

/**
 * A poster that neither follows redirects nor goes anywhere but to public addresses, unless the rules allow the host.
 *
 * @param options.resolve - finds the addresses of hosts that the rules do not name
 * @param options.tls - further certificate authorities
 */
export function poster(options: {
  readonly rules: CallbackRules;
  readonly resolve: ResolveHost;
  readonly tls?: Pick<SecureContextOptions, 'ca'>;
}): Poster {
  const { rules, resolve, tls } = options;
  const agents = { 'http:': new http.Agent(KEPT), 'https:': new https.Agent({ ...KEPT, ...tls }) };
  const lookups = { checked: checkedLookup(resolve), trusted: trustedLookup(systemResolver) };
  return {
    post(request) {
      const checked = checkCallbackUrl(request.url, rules);
      if (!checked.ok) {
        return Promise.resolve({
          kind: 'failed',
          reason: `the address may not be called: ${checked.reason}`,
        });
      }
      const { url, isAllowedHost } = checked;
      const isPlain = url.protocol === 'http:';
      const lookup = isAllowedHost ? lookups.trusted : lookups.checked;
      const agent = agents[isPlain ? 'http:' : 'https:'];
      const open = (isPlain ? http : https).request;
      return send((init) => open(url, { ...init, agent, lookup }), request);
    },
    close() {
      agents['http:'].destroy();
      agents['https:'].destroy();
    },
  };
}

function send(
  open: (init: RequestOptions) => http.ClientRequest,
  request: PostRequest,
): Promise<PostOutcome> {
  const { headers, body, timeoutMs, signal } = request;
  return new Promise((settle) => {
    const outgoing = open({
      method: 'POST',
      headers: { ...headers, 'content-length': String(body.length) },
      signal,
    });
    let answer: PostOutcome | undefined;
    const timer = setTimeout(
      () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)),
      timeoutMs,
    );
    const end = (failure?: Error): void => {
      clearTimeout(timer);
      settle(answer ?? { kind: 'failed', reason: reasonOf(failure) });
    };
    outgoing.on('response', (response) => {
      // The status is the answer. The rest is read so that the connection can be used again, and only so much.
      answer = {
        kind: 'answered',
        status: response.statusCode ?? 0,
        retryAfter: response.headers['retry-after'],
      };
      readSome(response, () => end());
    });
    outgoing.on('error', end);
    outgoing.on('close', () => end());
    outgoing.end(body);
  });
}

function readSome(response: IncomingMessage, done: () => void): void {
  let bytes = 0;
  response.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) {
      response.destroy();
    }
  });
  response.on('error', done);
  response.on('close', done);
}

/** For people who run the server or the receiver: no addresses of the inside. */
function reasonOf(failure: Error | undefined): string {
  if (failure === undefined) {
    return 'the connection was closed without an answer';
  }
  const code = (failure as NodeJS.ErrnoException).code;
  return failure instanceof ForbiddenHost || code === undefined ? failure.message : code;
}
