import { isIPv4, isIPv6 } from 'node:net';
import type { AuthenticationRequest } from '../caller.ts';
import { createMemo } from '../memo.ts';
import { addressKey, plainAddress } from './ip-address.ts';
import { ipv4Bits } from './ipv4.ts';
import { trustedNetworks } from './trusted-networks.ts';

/** Finds the key under which calls from a client's address are counted. */
export type ClientAddress = (request: Pick<AuthenticationRequest, 'peer' | 'header'>) => string;

/** Where an engine knows no peer, all calls are counted as one address. */
const UNKNOWN = 'unknown';
/** Proxies in a row that are believed. */
const MAX_HOPS = 32;

/**
 * The address of a client: of the connected peer, unless that is one of the trusted proxies; then the last address in
 * `x-forwarded-for` that is not one. What stands before it came from the client, and says nothing.
 *
 * @param trustedProxies - addresses and networks such as `10.0.0.0/8`
 * @throws Error that names an entry which is neither
 */
export function clientAddress(trustedProxies: readonly string[] = []): ClientAddress {
  const isTrusted = trustedNetworks(trustedProxies);
  const peers = createMemo((peer): Peer => {
    const address = plainAddress(peer) ?? peer;
    return { key: keyOf(address), trusted: isTrusted(address) };
  });
  const forwarded = createMemo((header) => lastUntrusted(header, isTrusted));

  return ({ peer, header }) => {
    if (peer === undefined) {
      return UNKNOWN;
    }
    const direct = peers(peer);
    if (!direct.trusted) {
      return direct.key;
    }
    const reported = header.get('x-forwarded-for') ?? '';
    // A single IPv4 address, as most are, is its own key, and found out about sooner than remembered.
    return ipv4Bits(reported) === -1 ? (forwarded(reported) ?? direct.key) : reported;
  };
}

interface Peer {
  readonly key: string;
  readonly trusted: boolean;
}

function keyOf(address: string): string {
  return isIPv4(address) || isIPv6(address) ? addressKey(address) : address;
}

/** The key of the client that the nearest trusted proxies report; `undefined` when they report none. */
function lastUntrusted(header: string, isTrusted: (address: string) => boolean): string | undefined {
  let found: string | undefined;
  let end = header.length;
  for (let hop = 0; hop < MAX_HOPS && end > 0; hop++) {
    const comma = header.lastIndexOf(',', end - 1);
    const address = hopAddress(header.slice(comma + 1, end).trim());
    if (address === undefined) {
      break;
    }
    found = address;
    if (!isTrusted(address)) {
      break;
    }
    end = comma;
  }
  return found === undefined ? undefined : keyOf(found);
}

/** The address of `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function hopAddress(hop: string): string | undefined {
  if (hop.startsWith('[')) {
    return plainAddress(hop.slice(1, hop.indexOf(']')));
  }
  const colon = hop.indexOf(':');
  const isWithPort = colon !== -1 && colon === hop.lastIndexOf(':');
  return plainAddress(isWithPort ? hop.slice(0, colon) : hop);
}
