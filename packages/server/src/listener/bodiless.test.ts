import http2 from 'node:http2';
import { expect, onTestFinished, test } from 'vitest';
import {
  END_HEADERS,
  END_STREAM,
  FRAME,
  frame,
  framesIn,
  head,
  PREFACE,
  settings,
} from '../hostile/testdata/frames.ts';
import { ask, dial, type Stand, stand } from '../hostile/testdata/stand.ts';

const LETTER = '/v1/boxes/ann/letters/one';
const LETTERS = '/v1/boxes/ann/letters';

/** What came back for a request, byte for byte. */
async function raw(served: Stand, request: string): Promise<string> {
  const { socket, received, closed } = dial(served);
  socket.write(`${request}\r\nhost: x\r\nconnection: close\r\n\r\n`);
  await closed;
  return received();
}

test.each(['/healthz', '/openapi.json', LETTER])(
  'over HTTP/1.1 HEAD of %s says what GET says, and has no body',
  async (path) => {
    const served = await stand();
    const [read, head] = [
      await raw(served, `GET ${path} HTTP/1.1`),
      await raw(served, `HEAD ${path} HTTP/1.1`),
    ];
    const length = /^content-length: (\d+)$/m.exec(read)?.[1];

    expect(Number(length)).toBeGreaterThan(0);
    expect(read.slice(read.indexOf('\r\n\r\n') + 4)).toHaveLength(Number(length));
    expect(head.slice(head.indexOf('\r\n\r\n') + 4)).toBe('');
    expect(/^content-length: (\d+)$/m.exec(head)?.[1]).toBe(length);
    expect(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]).toBe(/^HTTP\/1\.1 (\d+)/.exec(read)?.[1]);
  },
);

test('over HTTP/1.1 the connection goes on behind HEAD and 204', async () => {
  const served = await stand({ cors: { origins: ['https://app.example.com'] } });
  const { socket, received } = dial(served);
  const preflight =
    'OPTIONS /healthz HTTP/1.1\r\nhost: x\r\norigin: https://app.example.com\r\naccess-control-request-method: GET\r\n\r\n';
  socket.write(
    `HEAD /healthz HTTP/1.1\r\nhost: x\r\n\r\n${preflight}GET /healthz HTTP/1.1\r\nhost: x\r\n\r\n`,
  );

  await expect.poll(received).toMatch(/{"status":"ok"}$/);
  const answers = received().split(/(?=HTTP\/1\.1 )/);
  expect(answers.map((answer) => answer.slice(9, 12))).toEqual(['200', '204', '200']);
  expect(answers[1]).not.toMatch(/content-length|transfer-encoding/i);
});

test('over HTTP/2 the answer to HEAD, and one without content, end with their heads', async () => {
  const served = await stand({ cors: { origins: ['https://app.example.com'] } });
  const { socket, received } = dial(served);
  const preflight = { origin: 'https://app.example.com', 'access-control-request-method': 'GET' };
  const asked = [
    head('HEAD', '/healthz'),
    head('HEAD', LETTERS),
    head('HEAD', '/nowhere'),
    head('OPTIONS', '/healthz', preflight),
    head('OPTIONS', '*'),
  ];
  socket.write(
    Buffer.concat([
      PREFACE,
      settings(),
      ...asked.map((block, at) => frame(FRAME.headers, END_HEADERS | END_STREAM, 2 * at + 1, block)),
    ]),
  );
  const ofStreams = () => framesIn(received()).filter(({ stream }) => stream > 0);

  await expect.poll(() => ofStreams().length).toBeGreaterThanOrEqual(asked.length);
  expect(ofStreams().map(({ type, flags }) => [type, flags & END_STREAM])).toEqual(
    asked.map(() => [FRAME.headers, END_STREAM]),
  );
});

test('over HTTP/2 a client gets no body for HEAD', async () => {
  const { url } = await stand();
  const session = http2.connect(url);
  onTestFinished(() => session.destroy());
  const request = session.request({ ':method': 'HEAD', ':path': '/healthz' });
  const headers = await new Promise<http2.IncomingHttpHeaders>((resolve) =>
    request.once('response', resolve),
  );
  const chunks: unknown[] = [];
  request.on('data', (chunk) => chunks.push(chunk));
  await new Promise((resolve) => request.once('close', resolve));

  expect([headers[':status'], chunks, request.rstCode]).toEqual([200, [], 0]);
});

test('a method that answers 204 has no content over HTTP/1.1', async () => {
  const served = await stand({ policies: () => ({ auth: 1 as const, httpSuccessStatus: 204 }) });
  const answer = await ask(served, 'GET', LETTER);

  expect(answer).toMatchObject({ status: 204, body: '' });
  expect(answer.headers).not.toHaveProperty('content-length');
  expect(answer.headers).not.toHaveProperty('transfer-encoding');
});
