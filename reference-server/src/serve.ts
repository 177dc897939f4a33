import { type CloseOptions, systemTime } from '@traffic-tacos/server';
import type { Logger } from 'pino';
import type { Settings } from './config/index.ts';
import { seedDemo } from './demo/index.ts';
import type { RecentLines } from './live/index.ts';
import { openStore } from './open-store.ts';
import { createPlatform, type Platform } from './platform.ts';
import { version } from './version.ts';

/** A server that runs. */
export interface RunningServer {
  readonly platform: Platform;
  /** `http://host:port` */
  readonly url: string;
  readonly port: number;
  /** Ids of demo events that were put on sale by this start. */
  readonly seeded: readonly string[];
  /**
   * Resolves when the store has failed, to the reason, which names the folder. This server answers UNAVAILABLE for
   * ever then: close it, and start another when the cause is mended.
   */
  readonly failed: Promise<Error>;
  close(options?: CloseOptions): Promise<void>;
}

/**
 * Opens the store, puts the demo on sale and listens.
 *
 * @throws Error when the data cannot be opened or written, or the port is taken.
 */
export async function serve(options: {
  readonly settings: Settings;
  readonly logger: Logger;
  readonly clock?: () => number;
  /** What the logger has written of late, for operators to search. */
  readonly logs?: RecentLines | undefined;
  /** Reads the settings anew. */
  readonly readSettings?: (() => Settings) | undefined;
}): Promise<RunningServer> {
  const { settings, clock = systemTime } = options;
  let failure: Error | undefined;
  const failing = Promise.withResolvers<Error>();
  const store = await openStore(settings, clock, (reason) => {
    failure = reason;
    failing.resolve(reason);
  });
  try {
    const platform = await createPlatform({ ...options, store, clock, version });
    const wantsDemo = settings.demo ?? settings.profile === 'dev';
    const seeded = wantsDemo ? await seedDemo(platform.catalog, clock()) : [];
    const { url, port } = await platform.server.listen(settings).catch((error: unknown) => {
      throw listenError(error, settings);
    });
    platform.start();
    return { platform, url, port, seeded, failed: failing.promise, close: (how) => platform.close(how) };
  } catch (error) {
    await store.close();
    // Callers are told UNAVAILABLE then, but whoever starts a server has to know the cause.
    throw failure ?? error;
  }
}

/** What a person reads who cannot have the port. */
function listenError(error: unknown, { host, port }: Settings): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'EADDRINUSE':
      return new Error(
        `port ${port} of ${host} is in use: stop what listens there, or choose another with --port`,
        {
          cause: error,
        },
      );
    case 'EACCES':
      return new Error(`port ${port} is not allowed for this user: choose one from 1024 on with --port`, {
        cause: error,
      });
    case 'EADDRNOTAVAIL':
      return new Error(`${host} is no address of this machine: choose another with --host`, { cause: error });
    default:
      return error;
  }
}
