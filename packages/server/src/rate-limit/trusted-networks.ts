import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { plainAddress } from './ip-address.ts';
import { ipv4Bits } from './ipv4.ts';

/** IPv4 addresses that are written as IPv6 have so many bits before their own. */
const MAPPED_BITS = 96;

interface Network {
  readonly bits: number;
  /** Addresses of the network, a power of two. */
  readonly size: number;
}

/**
 * Whether an address is in one of some networks, as a `BlockList` of Node answers it. That is asked for IPv6 alone: it
 * makes objects for each question, a microsecond's worth, and nearly all questions are about IPv4.
 *
 * @param entries - addresses and networks such as `10.0.0.0/8`
 * @throws Error that names an entry which is neither
 */
export function trustedNetworks(entries: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  const networks: Network[] = [];
  const addNetwork = (address: string, bits: number): void => {
    const size = 2 ** (32 - bits);
    networks.push({ bits: Math.floor(ipv4Bits(address) / size), size });
  };
  for (const entry of entries) {
    const { address, bits, family } = parse(entry);
    list.addSubnet(address, bits, family);
    const plain = plainAddress(address) ?? address;
    if (family === 'ipv4') {
      addNetwork(address, bits);
    } else if (bits >= MAPPED_BITS && isIPv4(plain)) {
      addNetwork(plain, bits - MAPPED_BITS);
    } else if (bits < MAPPED_BITS && holdsMapped(address, bits)) {
      addNetwork('0.0.0.0', 0);
    }
  }
  return (address) => {
    const bits = ipv4Bits(address);
    if (bits === -1) {
      return isIPv6(address) && list.check(address, 'ipv6');
    }
    for (const network of networks) {
      if (Math.floor(bits / network.size) === network.bits) {
        return true;
      }
    }
    return false;
  };
}

/** Whether a network of IPv6 has all IPv4 addresses in it. */
function holdsMapped(address: string, bits: number): boolean {
  const one = new BlockList();
  one.addSubnet(address, bits, 'ipv6');
  return one.check('0.0.0.0', 'ipv4');
}

function parse(entry: string): { address: string; bits: number; family: 'ipv4' | 'ipv6' } {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  const most = family === 'ipv4' ? 32 : 128;
  const bits = prefix === undefined ? most : /^\d{1,3}$/.test(prefix) ? Number(prefix) : Number.NaN;
  if (!(isIPv4(address) || isIPv6(address)) || !(bits <= most) || rest.length > 0) {
    throw new Error(
      `trustedProxies: ${JSON.stringify(entry)} is no address; expected one such as 10.0.0.0/8 or fd00::1`,
    );
  }
  return { address, bits, family };
}
