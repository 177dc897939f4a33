import { isIP } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressClass } from './address-class.ts';
import { checkCallbackUrl } from './callback-url.ts';
import { parseIpAddress } from './ip-address.ts';

/** Networks that no stranger's callback may reach, and an address in each. */
const FORBIDDEN: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
  ['::', 128],
  ['::1', 128],
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 32],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** An address of a network, by the bits that are left to its hosts. */
const memberOf = (network: string, prefix: number) => {
  const { bits = 32, value = 0n } = parseIpAddress(network) ?? {};
  const room = BigInt(bits - prefix);
  return fc.bigInt(0n, (1n << room) - 1n).map((host) => ({ bits, value: value | host }));
};

const dotted = (value: bigint): string =>
  [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 255n).join('.');
const groups = (value: bigint): string[] =>
  Array.from({ length: 8 }, (_, at) => ((value >> BigInt(112 - 16 * at)) & 0xffffn).toString(16));

/** Every way to write an address. */
function spellings({ bits, value }: { bits: number; value: bigint }): string[] {
  if (bits === 32) {
    return [dotted(value)];
  }
  const full = groups(value);
  const short = new URL(`http://[${full.join(':')}]`).hostname.slice(1, -1);
  return [
    full.join(':'),
    full.map((group) => group.padStart(4, '0').toUpperCase()).join(':'),
    short,
    `${full.slice(0, 6).join(':')}:${dotted(value & 0xffff_ffffn)}`,
  ];
}

const forbidden = fc.oneof(...FORBIDDEN.map(([network, prefix]) => memberOf(network, prefix)));

test('SECURITY 26: no address of a network that is not public is taken for public, however it is written', () => {
  fc.assert(
    fc.property(forbidden, (address) => {
      for (const text of spellings(address)) {
        expect(isIP(text)).not.toBe(0);
        expect(addressClass(text)).not.toBe('public');
      }
    }),
    { numRuns: 2_000 },
  );
});

test('SECURITY 26: an IPv4 address behind NAT64 is what it is without, and mapped it is never called', () => {
  fc.assert(
    fc.property(fc.bigInt(0n, 0xffff_ffffn), (value) => {
      const plain = dotted(value);
      expect(addressClass(`64:ff9b::${plain}`)).toBe(addressClass(plain));
      expect(addressClass(`::ffff:${plain}`)).toBe('IPv4 in IPv6');
    }),
  );
});

test.each([
  ['8.8.8.8', 'public'],
  ['2606:4700::1111', 'public'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['172.32.0.1', 'public'],
  ['100.128.0.1', 'public'],
  ['169.254.169.254', 'metadata'],
  ['100.100.100.200', 'metadata'],
  ['fd00:ec2::254', 'metadata'],
  ['168.63.129.16', 'metadata'],
  ['169.254.1.1', 'link-local'],
  ['100.64.0.1', 'shared (CGNAT)'],
  ['fd12::1', 'unique-local'],
  ['0.0.0.0', 'unspecified'],
  ['::', 'unspecified'],
  ['::1', 'loopback'],
  ['239.1.1.1', 'multicast'],
  ['64:ff9b::127.0.0.1', 'loopback'],
  ['fe80::1%eth0', 'no address'],
  ['127.0.0.01', 'no address'],
  ['127.1', 'no address'],
  ['1:2:3', 'no address'],
  ['1::2::3', 'no address'],
])('%s is %s', (address, expected) => {
  expect(addressClass(address)).toBe(expected);
});

test('what is an address to Node is one here, and the other way round', () => {
  const texts = fc.oneof(
    fc.ipV4(),
    fc.ipV6(),
    fc.string({ unit: fc.constantFrom('0', '1', 'f', ':', '.', '2', '5', 'g'), maxLength: 20 }),
  );
  fc.assert(
    fc.property(texts, (text) => {
      const bits = isIP(text) === 4 ? 32 : isIP(text) === 6 ? 128 : undefined;
      expect(parseIpAddress(text)?.bits).toBe(bits);
    }),
    { numRuns: 2_000 },
  );
});

const none = { allowedHosts: [] };
const reasonOf = (text: string, allowedHosts: string[] = []) => {
  const checked = checkCallbackUrl(text, { allowedHosts });
  return checked.ok ? 'ok' : checked.reason;
};

test('SECURITY 26: a URL names no forbidden address in any form that a URL has for it', () => {
  fc.assert(
    fc.property(forbidden, (address) => {
      const hosts =
        address.bits === 32
          ? [
              dotted(address.value),
              String(address.value),
              `0x${address.value.toString(16)}`,
              `0${address.value.toString(8)}`,
            ]
          : spellings(address).map((text) => `[${text}]`);
      for (const host of hosts) {
        expect(checkCallbackUrl(`https://${host}/hook`, none).ok).toBe(false);
      }
    }),
  );
});

test.each([
  ['https://example.com/hook?a=b', 'ok'],
  ['https://example.com:8443/', 'ok'],
  ['https://8.8.8.8/', 'ok'],
  ['http://example.com/', 'NOT_HTTPS'],
  ['gopher://example.com/', 'NOT_HTTPS'],
  ['https://u@example.com/', 'HAS_CREDENTIALS'],
  ['https://:p@example.com/', 'HAS_CREDENTIALS'],
  ['https://localhost/', 'NOT_PUBLIC'],
  ['https://localhost./', 'NOT_PUBLIC'],
  ['https://a.LOCALHOST/', 'NOT_PUBLIC'],
  ['https://metadata.google.internal/', 'NOT_PUBLIC'],
  ['https://127.1/', 'NOT_PUBLIC'],
  ['https://①②⑦.0.0.1/', 'NOT_PUBLIC'],
  [`https://${'a.'.repeat(127)}a/`, 'HOST_TOO_LONG'],
  ['nowhere', 'NOT_A_URL'],
])('%s: %s', (text, expected) => {
  expect(reasonOf(text)).toBe(expected);
});

test('a host that the operator allows may be private and plain, and no other', () => {
  expect(reasonOf('http://localhost:3000/', ['localhost'])).toBe('ok');
  expect(reasonOf('http://[::1]:3000/', ['[::1]:3000'])).toBe('ok');
  expect(reasonOf('http://[::1]:3001/', ['[::1]:3000'])).toBe('NOT_HTTPS');
  expect(reasonOf('http://localhost.example.com/', ['localhost'])).toBe('NOT_HTTPS');
  expect(reasonOf('http://u:p@localhost/', ['localhost'])).toBe('HAS_CREDENTIALS');
});
