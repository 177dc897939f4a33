import type { ServerOptions } from '../../options.ts';
import { type Served, serve } from '../../testdata/serve.ts';

/** Serves a library to pages of an origin, with as much time as a browser on a busy machine may take. */
export function serveToPages(origin: string, options: Partial<ServerOptions> = {}): Promise<Served> {
  return serve({
    cors: { origins: [origin] },
    policies: () => ({ deadlineMs: 30_000, stream: { idleTimeoutMs: 0, maxLifetimeMs: 0 } }),
    ...options,
  });
}
