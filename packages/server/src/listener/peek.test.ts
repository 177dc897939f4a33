import { type AddressInfo, connect, createServer } from 'node:net';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { peek, protocolOf } from './peek.ts';

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

test('decides as early as it can, and never otherwise than with all bytes at hand', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ minLength: 1, maxLength: 40 }).map((array) => Buffer.from(array)),
    fc
      .tuple(fc.nat(PREFACE.length), fc.string({ maxLength: 10 }))
      .map(([cut, rest]) => Buffer.from(PREFACE.slice(0, cut) + rest)),
    fc.string({ maxLength: 10 }).map((rest) => Buffer.from(PREFACE + rest)),
  );
  fc.assert(
    fc.property(bytes, (all) => {
      const isHttp2 = all.toString('latin1').startsWith(PREFACE);
      const couldBe = PREFACE.startsWith(all.toString('latin1'));
      const expected = isHttp2 ? 'http2' : couldBe ? undefined : 'http1';
      expect(protocolOf(all)).toBe(expected);
      for (let length = 0; length < all.length; length++) {
        const early = protocolOf(all.subarray(0, length));
        expect([undefined, expected]).toContain(early);
      }
    }),
  );
});

test('the preface may be cut anywhere', () => {
  const cuts = Array.from(PREFACE, (_byte, cut) => protocolOf(Buffer.from(PREFACE.slice(0, cut))));

  expect(new Set(cuts)).toEqual(new Set([undefined]));
  expect(protocolOf(Buffer.from(PREFACE))).toBe('http2');
});

/** Peeks at a real connection that receives the given packets. */
async function peekAt(packets: readonly string[], timeoutMs = 5000) {
  const decided: string[] = [];
  const closed = Promise.withResolvers<void>();
  const rest = Promise.withResolvers<string>();
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('close', () => closed.resolve());
    peek(socket, timeoutMs, (protocol) => {
      decided.push(protocol);
      let text = '';
      socket.on('data', (chunk) => {
        text += String(chunk);
      });
      socket.on('end', () => rest.resolve(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.on('error', () => undefined);
  client.setNoDelay(true);
  onTestFinished(() => {
    client.destroy();
    server.close();
  });
  for (const packet of packets) {
    await new Promise((resolve) => client.write(packet, resolve));
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { client, decided, closed: closed.promise, rest: rest.promise };
}

test.each([
  ['in one packet', [`${PREFACE}settings`], 'http2'],
  ['byte by byte', [...`${PREFACE}settings`], 'http2'],
  ['of HTTP/1.1', ['GET / HTTP/1.1\r\n\r\n'], 'http1'],
  ['of HTTP/1.1 that begin alike', ['P', 'R', 'OPFIND / HTTP/1.1\r\n\r\n'], 'http1'],
])('loses nothing of the first bytes %s', async (_how, packets, protocol) => {
  const { client, decided, rest } = await peekAt(packets);
  client.end();

  expect(await rest).toBe(packets.join(''));
  expect(decided).toEqual([protocol]);
});

test('a connection that says nothing is closed', async () => {
  const { closed, decided } = await peekAt([], 50);
  await closed;

  expect(decided).toEqual([]);
});

test('a connection that stops in the middle of the preface is closed', async () => {
  const { closed, decided } = await peekAt([PREFACE.slice(0, 10)], 50);
  await closed;

  expect(decided).toEqual([]);
});

test('a connection that ends before it has said anything is closed', async () => {
  const { client, closed, decided } = await peekAt(['PRI']);
  client.end();
  await closed;

  expect(decided).toEqual([]);
});
