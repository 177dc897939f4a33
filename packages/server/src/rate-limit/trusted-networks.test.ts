import { BlockList, isIPv4 } from 'node:net';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { trustedNetworks } from './trusted-networks.ts';

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIPv4(address) ? 'ipv4' : 'ipv6');

test('SECURITY 19: trusts whom a block list of Node with the same entries has in it', () => {
  const near = fc.constantFrom(
    '10.0.0.1',
    '10.0.1.0',
    '10.255.255.255',
    '11.0.0.0',
    '0.0.0.0',
    '255.255.255.255',
  );
  const v4 = fc.oneof(near, fc.ipV4());
  const mapped = v4.map((address) => `::ffff:${address}`);
  const v6 = fc.oneof(mapped, fc.constantFrom('::', '::1', 'fd00::', 'fd00::1', '::fffe:a00:1'), fc.ipV6());
  const entry = fc.oneof(
    fc.tuple(v4, fc.integer({ min: 0, max: 32 })),
    fc.tuple(v6, fc.integer({ min: 0, max: 128 })),
    fc.tuple(mapped, fc.integer({ min: 90, max: 128 })),
  );
  fc.assert(
    fc.property(
      fc.array(entry, { maxLength: 3 }),
      fc.array(fc.oneof(v4, v6), { maxLength: 8 }),
      (nets, asked) => {
        const list = new BlockList();
        for (const [address, bits] of nets) {
          list.addSubnet(address, bits, familyOf(address));
        }
        const isTrusted = trustedNetworks(nets.map(([address, bits]) => `${address}/${bits}`));
        for (const address of [...asked, ...nets.map(([own]) => own)]) {
          expect([address, isTrusted(address)]).toEqual([address, list.check(address, familyOf(address))]);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

test('what is no address is in no network', () => {
  const isTrusted = trustedNetworks(['0.0.0.0/0', '::/0']);

  expect(['', 'unknown', '10.0.0', '/run/server.sock'].filter(isTrusted)).toEqual([]);
});
