import fc from 'fast-check';
import { expect, test } from 'vitest';
import { clientAddress } from './client-address.ts';
import { addressKey, plainAddress } from './ip-address.ts';

function request(peer: string | undefined, forwarded?: string) {
  return { peer, header: new Headers(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }) };
}

test('SECURITY 19: without trusted proxies x-forwarded-for says nothing', () => {
  const addressOf = clientAddress();

  expect(addressOf(request('203.0.113.9', '10.0.0.1'))).toBe('203.0.113.9');
  expect(addressOf(request('127.0.0.1', '198.51.100.7'))).toBe('127.0.0.1');
});

test('SECURITY 19: behind trusted proxies the last hop that is none of them counts, whatever stands before it', () => {
  const addressOf = clientAddress(['10.0.0.0/8', '192.0.2.1', 'fd00::/8']);

  expect(addressOf(request('10.1.2.3', '198.51.100.7'))).toBe('198.51.100.7');
  expect(addressOf(request('10.1.2.3', '1.1.1.1, 198.51.100.7'))).toBe('198.51.100.7');
  expect(addressOf(request('10.1.2.3', '1.1.1.1, 198.51.100.7, 192.0.2.1,10.9.9.9'))).toBe('198.51.100.7');
  expect(addressOf(request('fd00::1', '198.51.100.7'))).toBe('198.51.100.7');
  expect(addressOf(request('::ffff:10.1.2.3', '198.51.100.7'))).toBe('198.51.100.7');
  // The client is no proxy, so its header is its own invention.
  expect(addressOf(request('203.0.113.9', '198.51.100.7'))).toBe('203.0.113.9');
});

test('what a client puts before the proxies’ entries never changes its address', () => {
  const addressOf = clientAddress(['10.0.0.0/8']);
  fc.assert(
    fc.property(fc.stringMatching(/^[ -~]{0,300}$/), (invented) => {
      expect(addressOf(request('10.0.0.1', `${invented}, 198.51.100.7, 10.0.0.2`))).toBe('198.51.100.7');
    }),
  );
});

test('a hop that is no address ends the search at the one that reported it', () => {
  const addressOf = clientAddress(['10.0.0.0/8']);

  expect(addressOf(request('10.0.0.1', '198.51.100.7, unknown, 10.0.0.2'))).toBe('10.0.0.2');
  expect(addressOf(request('10.0.0.1', 'garbage'))).toBe('10.0.0.1');
  expect(addressOf(request('10.0.0.1', ''))).toBe('10.0.0.1');
  expect(addressOf(request('10.0.0.1'))).toBe('10.0.0.1');
  expect(addressOf(request('10.0.0.1', '10.0.0.3, 10.0.0.2'))).toBe('10.0.0.3');
});

test('a very long list of proxies is not looked through to its end', () => {
  const addressOf = clientAddress(['10.0.0.0/8']);
  const hops = ['198.51.100.7', ...Array<string>(5000).fill('10.0.0.2')].join(', ');

  expect(addressOf(request('10.0.0.1', hops))).toBe('10.0.0.2');
});

test('ports that proxies add are left out', () => {
  const addressOf = clientAddress(['10.0.0.0/8']);

  expect(addressOf(request('10.0.0.1', '198.51.100.7:51234'))).toBe('198.51.100.7');
  expect(addressOf(request('10.0.0.1', '[2001:db8::1]:51234'))).toBe('2001:db8:0:0::/64');
  expect(addressOf(request('10.0.0.1', '2001:db8::1'))).toBe('2001:db8:0:0::/64');
});

test('IPv6 is counted by its first 64 bits, IPv4 as IPv6 as what it is', () => {
  const addressOf = clientAddress();

  expect(addressOf(request('2001:db8:1:2:3:4:5:6'))).toBe('2001:db8:1:2::/64');
  expect(addressOf(request('2001:0DB8:1:2::ffff'))).toBe('2001:db8:1:2::/64');
  expect(addressOf(request('2001:db8:1:3::1'))).toBe('2001:db8:1:3::/64');
  expect(addressOf(request('fe80::1%eth0'))).toBe('fe80:0:0:0::/64');
  expect(addressOf(request('::1'))).toBe('0:0:0:0::/64');
  expect(addressOf(request('::ffff:198.51.100.7'))).toBe('198.51.100.7');
  expect(addressOf(request('::ffff:c633:6407'))).toBe('198.51.100.7');
  expect(addressOf(request(undefined))).toBe('unknown');
});

test('every way to write an address has the same key, and every network one of its own', () => {
  const group = fc.integer({ min: 1, max: 0xffff });
  fc.assert(
    fc.property(
      fc.array(group, { minLength: 8, maxLength: 8 }),
      fc.array(group, { minLength: 4, maxLength: 4 }),
      (groups, host) => {
        const text = groups.map((part) => part.toString(16)).join(':');
        const padded = groups.map((part) => part.toString(16).padStart(4, '0').toUpperCase()).join(':');
        const sibling = [...groups.slice(0, 4), ...host].map((part) => part.toString(16)).join(':');
        const zeros = `${groups
          .slice(0, 4)
          .map((part) => part.toString(16))
          .join(':')}::`;
        const keys = [text, padded, sibling, zeros].map((one) => addressKey(plainAddress(one) ?? ''));
        expect(new Set(keys).size).toBe(1);
        const other = [(groups[0] ?? 0) ^ 1, ...groups.slice(1)].map((part) => part.toString(16)).join(':');
        expect(addressKey(plainAddress(other) ?? '')).not.toBe(keys[0]);
      },
    ),
  );
});

test.each(['10.0.0.0/33', '10.0.0.0/', 'proxy.internal', '', '10.0.0.0/8/8', 'fd00::/129', '10.0.0.0/-1'])(
  'refuses %j as a trusted proxy at the start',
  (entry) => {
    expect(() => clientAddress(['10.0.0.0/8', entry])).toThrow(`trustedProxies: ${JSON.stringify(entry)}`);
  },
);

test('addresses that keep changing are answered rightly for ever', () => {
  const addressOf = clientAddress(['10.0.0.0/8']);
  let right = 0;
  for (let round = 0; round < 2; round++) {
    for (let host = 0; host < 10_000; host++) {
      const address = `198.51.${host >> 8}.${host & 255}`;
      right += addressOf(request('10.0.0.1', address)) === address ? 1 : 0;
    }
  }
  expect(right).toBe(2 * 10_000);
});
