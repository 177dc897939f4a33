import http from 'node:http';
import { connect } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from '@connectrpc/connect';
import { createConnectTransport } from '@connectrpc/connect-node';
import { expect, onTestFinished, test } from 'vitest';
import { createLocalTransport, createServer, userCaller } from './index.ts';
import { failureOf } from './testdata/failure-of.ts';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { createLibrary } from './testdata/library.ts';
import { as, grpcClient, recordingLogger, type Served, serve } from './testdata/serve.ts';

const lend = { bookId: 'dune', idempotencyKey: 'k' };

/** A server with a running LendBook. */
async function serveRunning(slowness: number, options: Parameters<typeof serve>[0] = {}) {
  const served = await serve(options);
  served.library.slowness = slowness;
  const call = grpcClient(served).lendBook(lend, as('ann'));
  call.catch(() => undefined);
  await expect.poll(() => served.library.lendings).toBe(1);
  return { served, call };
}

async function refuses({ port }: Served): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(false);
    });
    socket.once('error', () => resolve(true));
  });
}

test('a running call finishes, new connections are refused, and onClose runs when it is over', async () => {
  const order: string[] = [];
  const { served, call } = await serveRunning(300, {
    onClose: async () => {
      order.push('closed');
    },
  });
  const answered = call.then(({ loan }) => order.push(loan?.bookId ?? ''));
  const closing = served.server.close();

  expect(await refuses(served)).toBe(true);
  await Promise.all([answered, closing]);
  expect(order).toEqual(['dune', 'closed']);
});

test('a second close is the first one', async () => {
  let closes = 0;
  const served = await serve({
    onClose: async () => {
      closes++;
    },
  });
  const first = served.server.close();

  expect(served.server.close({ graceMs: 1 })).toBe(first);
  await first;
  expect(served.server.close()).toBe(first);
  expect(closes).toBe(1);
});

test('without a grace period nobody is warned that there was none', async () => {
  const { served, call } = await serveRunning(10_000);
  await served.server.close({ graceMs: 0 });

  expect((await failureOf(call)).code).toBe('UNAVAILABLE');
  expect(served.lines.filter(({ grace_ms }) => grace_ms !== undefined)).toEqual([]);
});

test('what calls services by itself stops when no calls are taken any more, and can call them until it has', async () => {
  const order: string[] = [];
  const local = createLocalTransport();
  const worker = local.client(LibraryService, { as: userCaller('ann') });
  let refused = false;
  const { served, call } = await serveRunning(300, {
    local,
    onDrain: async () => {
      refused = await refuses(served);
      order.push('drain');
      await delay(700);
      const { book } = await worker.getBook({ bookId: 'emma' });
      order.push(`worker ${book?.bookId}`);
    },
    onClose: async () => {
      order.push('closed');
    },
  });
  const answered = call.then(({ loan }) => order.push(`call ${loan?.bookId}`));
  const closing = served.server.close({ drainDelayMs: 100, graceMs: 120_000 });
  expect(await refuses(served)).toBe(false);
  expect(order).toEqual([]);
  await Promise.all([answered, closing]);

  expect(refused).toBe(true);
  expect(order).toEqual(['drain', 'call dune', 'worker emma', 'closed']);
});

test('a worker that takes longer than the grace period is waited for, and one that fails does not keep anything open', async () => {
  const order: string[] = [];
  const { logger } = recordingLogger();
  const server = createServer({
    services: [],
    logger,
    onDrain: async () => {
      await delay(300);
      order.push('worker');
      throw new Error('cannot stop');
    },
    onClose: async () => {
      order.push('closed');
    },
  });
  await server.listen({ port: 0 });

  await expect(server.close({ graceMs: 0 })).rejects.toThrow('cannot stop');
  expect(order).toEqual(['worker', 'closed']);
});

test('what onClose throws is not swallowed', async () => {
  const { logger } = recordingLogger();
  const server = createServer({
    services: [],
    logger,
    onClose: () => Promise.reject(new Error('disk full')),
  });
  await server.listen({ port: 0 });

  await expect(server.close()).rejects.toThrow('disk full');
});

test('kept-alive connections do not hold up the end', async () => {
  const served = await serve();
  const agent = new http.Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  await new Promise((resolve) => {
    http.get(`${served.url}/healthz`, { agent }, (answer) => answer.resume().once('end', resolve));
  });
  await grpcClient(served).getBook({ bookId: 'dune' });
  const silent = connect(served.port, '127.0.0.1');
  silent.on('error', () => undefined);
  await new Promise((resolve) => silent.once('connect', resolve));
  await new Promise((resolve) => setTimeout(resolve, 20));

  // With a grace period longer than the test's own time.
  await expect(served.server.close({ graceMs: 120_000 })).resolves.toBeUndefined();
});

test('a connection that was busy is closed after its answer', async () => {
  const served = await serve();
  served.library.slowness = 200;
  const agent = new http.Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const transport = createConnectTransport({
    baseUrl: served.url,
    httpVersion: '1.1',
    nodeOptions: { agent },
  });
  let connection: string | null = null;
  const call = createClient(LibraryService, transport).lendBook(lend, {
    ...as('ann'),
    onHeader: (header) => {
      connection = header.get('connection');
    },
  });
  await expect.poll(() => served.library.lendings).toBe(1);
  await Promise.all([served.server.close({ graceMs: 120_000 }), call]);

  expect((await call).loan).toBeDefined();
  expect(connection).toBe('close');
});

test('a connection that had promised to stay is closed after its answer', async () => {
  const served = await serve();
  const agent = new http.Agent({ keepAlive: true });
  onTestFinished(() => agent.destroy());
  const transport = createConnectTransport({
    baseUrl: served.url,
    httpVersion: '1.1',
    nodeOptions: { agent },
  });
  let closing: Promise<void> | undefined;
  for await (const _book of createClient(LibraryService, transport).exportBooks({ count: 3, everyMs: 50 })) {
    // The headers of the answer are out: they said keep-alive.
    closing ??= served.server.close({ graceMs: 120_000 });
  }

  await expect(closing).resolves.toBeUndefined();
});

test('while closing, a connection that is still open says not ready', async () => {
  const served = await serve();
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  onTestFinished(() => agent.destroy());
  served.library.slowness = 1000;
  const call = grpcClient(served).lendBook(lend, as('ann'));
  await expect.poll(() => served.library.lendings).toBe(1);
  // A request that has begun before the end, and asks when it has.
  const socket = connect(served.port, '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
  });
  let text = '';
  socket.on('data', (chunk) => {
    text += String(chunk);
  });
  socket.write('GET /readyz HTTP/1.1\r\n');
  await new Promise((resolve) => setTimeout(resolve, 300));
  const closing = served.server.close();
  socket.write('host: x\r\n\r\n');

  await expect.poll(() => text, { timeout: 10_000 }).toContain('HTTP/1.1 503');
  expect(text.toLowerCase()).toContain('connection: close');
  await Promise.all([closing, call]);
});

test('before it stops accepting, a server says for a while that it is not ready, and serves', async () => {
  const order: string[] = [];
  const served = await serve({
    onClose: async () => {
      order.push('closed');
    },
  });
  const closing = served.server.close({ drainDelayMs: 1500 });
  // Each on a connection of its own.
  const ready = await fetch(`${served.url}/readyz`, { headers: { connection: 'close' } });
  const { book } = await grpcClient(served).getBook({ bookId: 'dune' });

  expect(ready.status).toBe(503);
  expect(book?.bookId).toBe('dune');
  expect(order).toEqual([]);
  await closing;
  expect(order).toEqual(['closed']);
  expect(await refuses(served)).toBe(true);
});

test('at the end of the grace period, what still runs is told UNAVAILABLE', async () => {
  const library = createLibrary();
  library.service.getBook = () => new Promise(() => undefined);
  const served = await serve({}, library);
  const call = failureOf(grpcClient(served).getBook({ bookId: 'dune' }));
  await new Promise((resolve) => setTimeout(resolve, 50));
  const closing = served.server.close({ graceMs: 100 });

  expect(await call).toMatchObject({
    status: 'Unavailable',
    code: 'UNAVAILABLE',
    message: 'the server is shutting down',
  });
  await closing;
});

test('a handler that goes on without its client is waited for', async () => {
  const { served, call } = await serveRunning(200);
  const gone = new AbortController();
  const left = failureOf(
    grpcClient(served).lendBook(
      { bookId: 'emma', idempotencyKey: 'l' },
      { ...as('bob'), signal: gone.signal },
    ),
  );
  await expect.poll(() => served.library.lendings).toBe(2);
  gone.abort();
  await Promise.all([left, call, served.server.close()]);

  expect([...served.library.loans.values()].map(({ memberId }) => memberId).sort()).toEqual(['ann', 'bob']);
});

test('a handler without client that does not end is stopped at the end of the grace period', async () => {
  const { served, call } = await serveRunning(60_000);
  await Promise.all([failureOf(call), served.server.close({ graceMs: 50 })]);

  expect(served.library.loans.size).toBe(0);
});

test.each(['a reader that stays', 'a reader that leaves'])(
  'the handler of a stream is waited for after the stream has ended: %s',
  async (reader) => {
    const order: string[] = [];
    const library = createLibrary();
    library.service.watchBook = async function* (_request, { signal }) {
      yield { sequence: 1 };
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      // What must be put in order, whoever waits.
      await new Promise((resolve) => setTimeout(resolve, 200));
      order.push('handler');
    };
    const served = await serve(
      {
        onClose: async () => {
          order.push('closed');
        },
      },
      library,
    );
    const gone = new AbortController();
    const watching = failureOf(
      (async () => {
        for await (const _change of grpcClient(served).watchBook(
          { bookId: 'dune' },
          { signal: gone.signal },
        )) {
          order.push('message');
        }
      })(),
    );
    await expect.poll(() => order).toEqual(['message']);
    if (reader.endsWith('leaves')) {
      gone.abort();
      await watching;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    await served.server.close();
    await watching;

    expect(order).toEqual(['message', 'handler', 'closed']);
  },
);

test('the handler of a stream that does not end is waited for until the grace period is over', async () => {
  const library = createLibrary();
  let entered = false;
  library.service.watchBook = async function* () {
    yield { sequence: 1 };
    entered = true;
    await new Promise(() => undefined);
  };
  let closed = false;
  const served = await serve(
    {
      onClose: async () => {
        closed = true;
      },
    },
    library,
  );
  const watching = failureOf(
    (async () => {
      for await (const _change of grpcClient(served).watchBook({ bookId: 'dune' })) {
        // Until it ends.
      }
    })(),
  );
  await expect.poll(() => entered).toBe(true);
  await served.server.close({ graceMs: 100 });

  expect((await watching).code).toBe('UNAVAILABLE');
  expect(closed).toBe(true);
});

async function* titles() {
  for (const title of ['Emma', 'Dune', 'Ulysses']) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    yield { title };
  }
}

test('streams that clients open again end at once, others finish', async () => {
  const served = await serve();
  const client = grpcClient(served);
  const watching = (async () => {
    for await (const _change of client.watchBook({ bookId: 'dune', everyMs: 50 })) {
      // Until it ends.
    }
  })();
  const exporting = (async () => {
    let count = 0;
    for await (const _book of client.exportBooks({ count: 4, everyMs: 100 })) {
      count++;
    }
    return count;
  })();
  const importing = client.importBooks(titles(), as('ann'));
  await new Promise((resolve) => setTimeout(resolve, 120));
  const closing = served.server.close();

  expect((await failureOf(watching)).code).toBe('UNAVAILABLE');
  expect(await exporting).toBe(4);
  expect((await importing).count).toBe(3);
  await closing;
});
