import { whole } from './kinds.ts';
import { sources } from './source.ts';

/** Settings about how a server stops that is told to. */
export const shuttingDown = {
  drainDelayMs: whole(0, 600_000)
    .default(0)
    .register(sources, {
      flag: '--drain-delay-ms <milliseconds>',
      env: ['TACOS_DRAIN_DELAY_MS'],
      description:
        'how long a server that is told to stop serves on while /readyz says that it goes: as long as load balancers take to notice',
    }),
  graceMs: whole(0, 600_000)
    .default(10_000)
    .register(sources, {
      flag: '--grace-ms <milliseconds>',
      env: ['TACOS_GRACE_MS'],
      description: 'how long running calls get to finish after that',
    }),
};
