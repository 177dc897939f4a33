import type { LookupFunction } from 'node:net';
import { addressClass } from '../../../domain/webhook/index.ts';
import type { ResolvedAddress, ResolveHost } from './resolve-host.ts';

/** A host that must not be called. */
export class ForbiddenHost extends Error {
  override readonly name = 'ForbiddenHost';
}

/** What is wrong with the addresses of a host, for people; `undefined` when all of them are public. */
export function leadsAstray(addresses: readonly ResolvedAddress[]): string | undefined {
  const astray = addresses.find(({ address }) => addressClass(address) !== 'public');
  return astray && `a ${addressClass(astray.address)} address`;
}

/**
 * A lookup for sockets that gives out only what it has checked: the socket connects to these very addresses, so that a
 * name cannot lead elsewhere between check and connection. One address that is not public spoils the name.
 */
export function checkedLookup(resolve: ResolveHost): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (all) => {
        const astray = leadsAstray(all);
        if (astray !== undefined) {
          callback(new ForbiddenHost(`the host leads to ${astray}`), '');
          return;
        }
        giveOut(all, options, callback);
      },
      (error: Error) => callback(error, ''),
    );
  };
}

/** A lookup for sockets without checks, for hosts that the operator allows. */
export function trustedLookup(resolve: ResolveHost): LookupFunction {
  return (hostname, options, callback) => {
    resolve(hostname).then(
      (all) => giveOut(all, options, callback),
      (error: Error) => callback(error, ''),
    );
  };
}

function giveOut(
  all: readonly ResolvedAddress[],
  { family, all: wantsAll }: Parameters<LookupFunction>[1],
  callback: Parameters<LookupFunction>[2],
): void {
  const wanted = family === 4 || family === 6 ? all.filter((found) => found.family === family) : all;
  const [first] = wanted;
  if (first === undefined) {
    callback(new Error('the host has no address of this family'), '');
  } else if (wantsAll === true) {
    callback(null, [...wanted]);
  } else {
    callback(null, first.address, first.family);
  }
}
