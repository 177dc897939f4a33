import { lookup, Resolver } from 'node:dns/promises';

/** An address that a name leads to. */
export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Finds every address of a host. @throws Error when there is none. */
export type ResolveHost = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** Milliseconds a name server has to answer, and how often it is asked. */
const PATIENCE = { timeout: 2_000, tries: 2 };

/**
 * Asks the name servers themselves: a name whose server does not answer would otherwise take one of the few threads
 * on which all of the process does its lookups and compression.
 */
export function hostResolver(): ResolveHost {
  const resolver = new Resolver(PATIENCE);
  return async (hostname) => {
    const [v4, v6] = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const found = [
      ...(v4.status === 'fulfilled' ? v4.value.map((address) => ({ address, family: 4 })) : []),
      ...(v6.status === 'fulfilled' ? v6.value.map((address) => ({ address, family: 6 })) : []),
    ];
    if (found.length === 0) {
      throw new Error(`no address was found for ${hostname}`, {
        cause: v4.status === 'rejected' ? v4.reason : undefined,
      });
    }
    return found;
  };
}

/** As this machine's other programs find hosts, its own file of hosts included: for hosts that the operator names. */
export const systemResolver: ResolveHost = (hostname) => lookup(hostname, { all: true });
