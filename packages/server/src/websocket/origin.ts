import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import type { CorsOptions } from '../listener/cors.ts';

/**
 * Whose page opens a connection, if any. Browsers do not hold connections to CORS, so the server has to.
 *
 * - `own`: no page at all, a page of this server, or one that may use what the browser knows of its user
 * - `other`: an allowed page of another origin, which has to show credentials of its own: cookies and client
 *   certificates that browsers add do not count
 * - `refused`: everybody else's page
 */
export type PageOrigin = 'own' | 'other' | 'refused';

/** Decides about the origins of pages by the allow-list of CORS. */
export function originCheck(cors: CorsOptions | undefined): (request: IncomingMessage) => PageOrigin {
  const allowed = new Set(cors?.origins);
  const known = cors?.credentials === true ? 'own' : 'other';
  return (request) => {
    const { origin } = request.headers;
    if (origin === undefined || isSame(origin, request)) {
      return 'own';
    }
    return allowed.has(origin) || allowed.has('*') ? known : 'refused';
  };
}

function isSame(origin: string, { headers, socket }: IncomingMessage): boolean {
  const { host } = headers;
  if (host === undefined || host === '') {
    return false;
  }
  const own = host.toLowerCase();
  // Without TLS of its own the server may stand behind somebody's who has it.
  return origin === `https://${own}` || (!(socket instanceof TLSSocket) && origin === `http://${own}`);
}
