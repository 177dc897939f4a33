import http2 from 'node:http2';
import { Auth } from '@traffic-tacos/policy';
import { expect, onTestFinished, test } from 'vitest';
import { createLibrary } from '../testdata/library.ts';
import {
  dial,
  EXPORT_BOOKS,
  envelope,
  GET_BOOK,
  memoryInUse,
  type Stand,
  servesTheNext,
  stand,
  WAIT,
} from './testdata/stand.ts';

// Much at once, and much left behind.

const grpc = { 'content-type': 'application/grpc+json', te: 'trailers' };
const endless = () => ({ auth: Auth.PUBLIC, deadlineMs: 30_000 });

async function connected({ url }: Stand): Promise<http2.ClientHttp2Session> {
  const session = http2.connect(url);
  session.on('error', () => undefined);
  onTestFinished(() => session.destroy());
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  return session;
}

test('ten thousand calls wait at once, are all answered, and leave nothing behind', async () => {
  const library = createLibrary();
  let running = 0;
  const open = Promise.withResolvers<void>();
  library.service.wait = async () => {
    running++;
    await open.promise;
    return {};
  };
  const served = await stand({ policies: endless, accessLog: 'failures' }, { library });
  const sessions = await Promise.all(Array.from({ length: 100 }, () => connected(served)));
  const round = async (): Promise<number> => {
    let answered = 0;
    const calls = sessions.flatMap((session) =>
      Array.from(
        { length: 100 },
        () =>
          new Promise<void>((resolve) => {
            const call = session.request({ ':method': 'POST', ':path': WAIT, ...grpc });
            call.on('error', () => undefined);
            call.on('trailers', (trailers) => {
              answered += trailers['grpc-status'] === '0' ? 1 : 0;
            });
            call.once('close', resolve);
            call.resume();
            call.end(envelope(Buffer.from('{}')));
          }),
      ),
    );
    await expect.poll(() => running, { timeout: 20_000 }).toBe(10_000);
    open.resolve();
    await Promise.all(calls);
    return answered;
  };
  const before = await memoryInUse();
  expect(await round()).toBe(10_000);
  await servesTheNext(served);

  // The client's part is in it, too.
  expect((await memoryInUse()) - before).toBeLessThan(30_000_000);
});

test('thousands of streams whose clients leave are given up', async () => {
  const library = createLibrary();
  let [running, ended] = [0, 0];
  library.service.exportBooks = async function* (_request, { signal }) {
    running++;
    try {
      yield {};
      // A client may have left before the handler got this far.
      await (signal.aborted || new Promise((resolve) => signal.addEventListener('abort', resolve)));
    } finally {
      ended++;
    }
  };
  const served = await stand({}, { library });
  const sessions = await Promise.all(Array.from({ length: 20 }, () => connected(served)));
  for (const session of sessions) {
    for (let number = 0; number < 100; number++) {
      const call = session.request({ ':method': 'POST', ':path': EXPORT_BOOKS, ...grpc });
      call.on('error', () => undefined);
      call.resume();
      call.end(envelope(Buffer.from('{}')));
    }
  }
  await expect.poll(() => running, { timeout: 15_000 }).toBe(2000);
  for (const session of sessions) {
    session.destroy();
  }

  await expect.poll(() => ended, { timeout: 15_000 }).toBe(2000);
  await expect.poll(() => served.connections(), { timeout: 10_000 }).toBe(0);
  await servesTheNext(served);
});

test('SECURITY 18: a client that cancels hundreds of calls keeps its connection', async () => {
  const library = createLibrary();
  let cancelled = 0;
  library.service.wait = async (_request, { signal }) => {
    await new Promise((resolve) => signal.addEventListener('abort', resolve));
    cancelled++;
    return {};
  };
  const served = await stand({ policies: endless }, { library });
  const session = await connected(served);
  for (let round = 0; round < 5; round++) {
    const calls = Array.from({ length: 100 }, () => {
      const call = session.request({ ':method': 'POST', ':path': WAIT, ...grpc });
      call.on('error', () => undefined);
      call.end(envelope(Buffer.from('{}')));
      return call;
    });
    await new Promise((resolve) => setTimeout(resolve, 30));
    for (const call of calls) {
      call.close(http2.constants.NGHTTP2_CANCEL);
    }
    await Promise.all(
      calls.map((call) => call.closed || new Promise((resolve) => call.once('close', resolve))),
    );
  }
  const call = session.request({ ':method': 'POST', ':path': GET_BOOK, ...grpc });
  let text = '';
  call.on('data', (chunk) => {
    text += String(chunk);
  });
  call.end(envelope(Buffer.from('{"bookId":"dune"}')));
  await new Promise((resolve) => call.once('close', resolve));

  expect(text).toContain('"title":"dune"');
  expect(cancelled).toBeGreaterThan(0);
});

test('connections that say nothing end by themselves, of whatever protocol', async () => {
  const served = await stand({
    limits: { headersTimeoutMs: 1000, idleTimeoutMs: 1000, requestTimeoutMs: 1000 },
  });
  const openings = [
    '',
    'P',
    'PRI * HTTP/2.0\r\n',
    'GET / HTTP/1.1\r\n',
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n',
  ];
  const dialled = openings.flatMap((opening) =>
    Array.from({ length: 50 }, () => {
      const one = dial(served, { allowHalfOpen: true });
      one.socket.write(opening);
      return one;
    }),
  );
  await expect.poll(() => served.connections()).toBe(dialled.length);

  await expect.poll(() => served.connections(), { timeout: 10_000 }).toBe(0);
  await servesTheNext(served);
});
