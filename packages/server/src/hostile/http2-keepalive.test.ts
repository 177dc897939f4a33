import http2 from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import { createLibrary } from '../testdata/library.ts';
import {
  ACK,
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  framesIn,
  head,
  PREFACE,
  settings,
} from './testdata/frames.ts';
import { dial, EXPORT_BOOKS, envelope, servesTheNext, stand } from './testdata/stand.ts';

const LIMITS = { keepaliveTimeMs: 100, keepaliveTimeoutMs: 100 };
const grpc = { 'content-type': 'application/grpc+json', te: 'trailers' };
const question = envelope(Buffer.from('{"count":1}'));

/** A library whose export has one book, once there is leave, and who asked for it. */
function openEndedLibrary() {
  const library = createLibrary();
  const calls: { readonly aborted: () => boolean; readonly proceed: () => void }[] = [];
  library.service.exportBooks = async function* (_request, { signal }) {
    await new Promise<void>((resolve) => {
      signal.addEventListener('abort', () => resolve());
      calls.push({ aborted: () => signal.aborted, proceed: resolve });
    });
    yield { book: { title: 'Dune' } };
  };
  return { library, calls };
}

test('SECURITY 17: a client that is gone without a word is noticed, whatever it waits for', async () => {
  const { library, calls } = openEndedLibrary();
  const served = await stand({ limits: LIMITS }, { library });
  const dialled = dial(served);
  // Says what it wants, and nothing from then on: it does not even answer a PING.
  dialled.socket.write(
    Buffer.concat([
      ...[PREFACE, settings(), frame(FRAME.settings, ACK, 0)],
      frame(FRAME.headers, END_HEADERS, 1, head('POST', EXPORT_BOOKS, grpc)),
      frame(FRAME.data, END_STREAM, 1, question),
    ]),
  );
  await dialled.closed;

  const asked = framesIn(dialled.received()).filter(({ type, flags }) => type === FRAME.ping && flags === 0);
  expect(asked).toHaveLength(1);
  await expect.poll(() => calls.map(({ aborted }) => aborted())).toEqual([true]);
  await servesTheNext(served);
});

test('a client that waits and answers PINGs gets what it waits for', async () => {
  const { library, calls } = openEndedLibrary();
  const served = await stand({ limits: LIMITS }, { library });
  const session = http2.connect(served.url);
  onTestFinished(() => session.destroy());
  let pings = 0;
  session.on('ping', () => {
    pings += 1;
  });
  const stream = session.request({ ':method': 'POST', ':path': EXPORT_BOOKS, ...grpc });
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  stream.end(question);
  await expect.poll(() => pings, { timeout: 20_000 }).toBeGreaterThanOrEqual(2);
  calls[0]?.proceed();

  await new Promise((resolve) => stream.once('end', resolve));
  expect(Buffer.concat(chunks).toString('latin1')).toContain('"title":"Dune"');
});
