import { Code, ConnectError } from '@connectrpc/connect';
import type { Deadline } from './deadline.ts';
import type { PolicyOptions } from './policy-options.ts';

/** The headers of a call, with the caller's token. */
export async function authorized(
  header: HeadersInit | undefined,
  credentials: PolicyOptions['credentials'],
  deadline: Deadline,
): Promise<Headers> {
  const headers = new Headers(header);
  if (credentials !== undefined && !headers.has('authorization')) {
    const token = await deadline.race(ask(credentials));
    if (token !== '') {
      headers.set('authorization', `Bearer ${token}`);
    }
  }
  return headers;
}

async function ask(credentials: () => string | Promise<string>): Promise<string> {
  try {
    return await credentials();
  } catch (reason) {
    const message = `credentials() failed: ${reason instanceof Error ? reason.message : String(reason)}`;
    throw new ConnectError(message, Code.Unauthenticated, undefined, undefined, reason);
  }
}
