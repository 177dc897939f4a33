import { type IpAddress, parseIpAddress } from './ip-address.ts';

/** Where an address leads, as far as callbacks are concerned: `public` alone may be called by strangers' wishes. */
export type AddressClass =
  | 'public'
  | 'unspecified'
  | 'loopback'
  | 'private'
  | 'shared (CGNAT)'
  | 'link-local'
  | 'metadata'
  | 'unique-local'
  | 'multicast'
  | 'reserved'
  | 'IPv4 in IPv6'
  | 'no address';

/** Networks by what they are for: IANA's special-purpose registries, and hosts where clouds tell their secrets. */
const CLASSES: readonly (readonly [AddressClass, ...(readonly string[])])[] = [
  ['unspecified', '0.0.0.0/8', '::/128'],
  ['loopback', '127.0.0.0/8', '::1/128'],
  ['metadata', '169.254.169.254/32', '168.63.129.16/32', '100.100.100.200/32', 'fd00:ec2::254/128'],
  ['private', '10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'],
  ['shared (CGNAT)', '100.64.0.0/10'],
  ['link-local', '169.254.0.0/16', 'fe80::/10'],
  ['unique-local', 'fc00::/7'],
  ['multicast', '224.0.0.0/4', 'ff00::/8'],
  // Mapped and compatible addresses and 6to4 are other ways to write any IPv4 address.
  ['IPv4 in IPv6', '::/96', '::ffff:0:0/96', '::ffff:0:0:0/96', '2002::/16', '64:ff9b:1::/48'],
  [
    'reserved',
    '192.0.0.0/24',
    '192.0.2.0/24',
    '192.88.99.0/24',
    '198.18.0.0/15',
    '198.51.100.0/24',
    '203.0.113.0/24',
    '240.0.0.0/4',
    '2001::/23',
    '2001:db8::/32',
    '3fff::/20',
  ],
];

interface Network extends IpAddress {
  readonly prefix: number;
}

const networks: readonly (readonly [AddressClass, readonly Network[]])[] = CLASSES.map(([name, ...texts]) => [
  name,
  texts.map(networkOf),
]);

/** All of IPv6 that is given out to the public. */
const globalUnicast = networkOf('2000::/3');

/** Where the IPv4 internet is to be found from networks without IPv4. */
const nat64 = networkOf('64:ff9b::/96');

/** What an IP address is. One of NAT64 is what the IPv4 address in it is. */
export function addressClass(text: string): AddressClass {
  const address = parseIpAddress(text);
  return address === undefined ? 'no address' : classOf(address);
}

function classOf(address: IpAddress): AddressClass {
  if (isIn(address, nat64)) {
    return classOf({ bits: 32, value: address.value & 0xffff_ffffn });
  }
  const special = networks.find(([, members]) => members.some((network) => isIn(address, network)));
  return special?.[0] ?? (address.bits === 32 || isIn(address, globalUnicast) ? 'public' : 'reserved');
}

function isIn({ bits, value }: IpAddress, network: Network): boolean {
  const shift = BigInt(bits - network.prefix);
  return bits === network.bits && value >> shift === network.value >> shift;
}

function networkOf(text: string): Network {
  const [address = '', prefix] = text.split('/');
  const parsed = parseIpAddress(address);
  if (parsed === undefined) {
    throw new TypeError(`${text} is no network`);
  }
  return { ...parsed, prefix: Number(prefix) };
}
