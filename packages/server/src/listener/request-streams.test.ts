import { expect, test } from 'vitest';
import {
  ACK,
  END_HEADERS,
  FRAME,
  frame,
  framesIn,
  head,
  PREFACE,
  settings,
} from '../hostile/testdata/frames.ts';
import { envelope } from '../testdata/http.ts';
import { createLibrary, type Library } from '../testdata/library.ts';
import { as, type Served, serve } from '../testdata/serve.ts';
import { dial, dialHttp2 } from './testdata/dial.ts';

const IMPORT_BOOKS = '/library.v1.LibraryService/ImportBooks';

const MARK = Buffer.from('read all');

const headers = { 'content-type': 'application/grpc+json', te: 'trailers', ...as('ann').headers };

/** Without limits of time. */
function serveStreams(library: Library): Promise<Served> {
  return serve({ policies: () => ({ stream: { idleTimeoutMs: 0, maxLifetimeMs: 0 } }) }, library);
}

function message(title: string): Buffer {
  return envelope(Buffer.from(JSON.stringify({ title })));
}

test('a client that gives up between two messages has not said all it had to say', async () => {
  const library = createLibrary();
  const { promise: end, resolve: ended } = Promise.withResolvers<unknown>();
  let received = 0;
  library.service.importBooks = async (requests) => {
    try {
      for await (const _ of requests) {
        received += 1;
      }
      ended('all has been said');
    } catch (reason) {
      ended(reason);
    }
    return {};
  };
  // A client of node:http2 ends what it sends before it gives up.
  const { socket } = dial(await serveStreams(library));
  socket.write(Buffer.concat([PREFACE, settings()]));
  socket.write(frame(FRAME.headers, END_HEADERS, 1, head('POST', IMPORT_BOOKS, headers)));
  socket.write(frame(FRAME.data, 0, 1, message('dune')));
  await expect.poll(() => received).toBe(1);
  socket.write(frame(FRAME.reset, 0, 1, Buffer.from([0, 0, 0, 8])));

  expect(await end).toBeInstanceOf(Error);
});

const cutOff: Record<
  string,
  (served: Served) => { readonly leave: () => void; readonly left: Promise<void> }
> = {
  'a reset that names no error, over HTTP/2': (served) => {
    const { socket, received } = dial(served);
    socket.write(Buffer.concat([PREFACE, settings(), frame(FRAME.settings, ACK, 0)]));
    socket.write(frame(FRAME.headers, END_HEADERS, 1, head('POST', IMPORT_BOOKS, headers)));
    socket.write(frame(FRAME.data, 0, 1, message('dune')));
    const { promise: left, resolve } = Promise.withResolvers<void>();
    socket.on('data', () => {
      if (framesIn(received()).some(({ type, payload }) => type === FRAME.ping && payload.equals(MARK))) {
        resolve();
      }
    });
    return {
      // What is after it has been seen when it is answered.
      leave: () =>
        socket.write(
          Buffer.concat([frame(FRAME.reset, 0, 1, Buffer.alloc(4)), frame(FRAME.ping, 0, 0, MARK)]),
        ),
      left,
    };
  },
  'the end of the connection, over HTTP/2': (served) => {
    const { socket, closed } = dial(served);
    socket.write(Buffer.concat([PREFACE, settings(), frame(FRAME.settings, ACK, 0)]));
    socket.write(frame(FRAME.headers, END_HEADERS, 1, head('POST', IMPORT_BOOKS, headers)));
    socket.write(frame(FRAME.data, 0, 1, message('dune')));
    return { leave: () => socket.end(), left: closed };
  },
  'the end of the connection, over HTTP/1.1': (served) => {
    const { socket, closed } = dial(served);
    const fields = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const chunk = message('dune');
    socket.write(`POST ${IMPORT_BOOKS} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n`);
    socket.write(`${fields.join('')}\r\n${chunk.length.toString(16)}\r\n`);
    socket.write(Buffer.concat([chunk, Buffer.from('\r\n')]));
    return { leave: () => socket.end(), left: closed };
  },
};

test.each(Object.entries(cutOff))(
  'what was cut off is not taken for whole by a handler that reads later: %s',
  async (_how, begin) => {
    const library = createLibrary();
    const { promise: read, resolve: mayRead } = Promise.withResolvers<void>();
    const { promise: end, resolve: ended } = Promise.withResolvers<unknown>();
    let isEntered = false;
    library.service.importBooks = async (requests) => {
      isEntered = true;
      await read;
      try {
        for await (const _ of requests);
        ended('all has been said');
      } catch (reason) {
        ended(reason);
      }
      return {};
    };
    const { leave, left } = begin(await serveStreams(library));
    await expect.poll(() => isEntered).toBe(true);
    leave();
    await left;
    mayRead();

    expect(await end).toBeInstanceOf(Error);
  },
);

test('a client is held back for as long as nobody reads what it sends', async () => {
  const library = createLibrary();
  const { promise: leave, resolve: read } = Promise.withResolvers<void>();
  let received = 0;
  library.service.importBooks = async (requests) => {
    await leave;
    for await (const _ of requests) {
      received += 1;
    }
    return { count: received };
  };
  const call = dialHttp2(await serveStreams(library)).request({
    ':method': 'POST',
    ':path': IMPORT_BOOKS,
    ...headers,
  });
  call.resume();
  const ended = new Promise((resolve) => call.once('close', resolve));
  const title = 'x'.repeat(20_000);
  let sent = 0;
  for (let number = 0; number < 250; number++) {
    call.write(message(title), () => {
      sent += 1;
    });
  }
  call.end();
  // As long as it takes, at least ten times over, for all to leave where nobody is held back.
  let [before, still] = [0, 0];
  await expect
    .poll(
      () => {
        still = sent === before ? still + 1 : 0;
        before = sent;
        return still;
      },
      { interval: 100, timeout: 10_000 },
    )
    .toBe(10);
  expect(sent).toBeLessThan(125);

  read();
  await ended;
  expect({ received, sent }).toEqual({ received: 250, sent: 250 });
});
