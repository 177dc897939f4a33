import { expect, test } from 'vitest';
import { dial, GET_BOOK, type Stand, stand } from '../hostile/testdata/stand.ts';

/** What came back for a request. */
async function raw(served: Stand, line: string, more = '', body = ''): Promise<string> {
  const { socket, received, closed } = dial(served);
  socket.write(`${line}\r\nhost: other\r\nconnection: close\r\n${more}\r\n${body}`);
  await closed;
  return received();
}

const body = '{"bookId":"dune"}';
const json = `content-type: application/json\r\ncontent-length: ${body.length}\r\n`;

test.each(['http://x', 'HTTP://x:80', 'https://x.example.com:8443', 'http://[::1]:80'])(
  'a target that begins with %s is served like one that begins with its path',
  async (origin) => {
    const served = await stand();

    expect(await raw(served, `GET ${origin}/healthz HTTP/1.1`)).toMatch(
      /^HTTP\/1\.1 200[\s\S]*{"status":"ok"}$/,
    );
    expect(await raw(served, `GET ${origin}/readyz?verbose HTTP/1.1`)).toMatch(/^HTTP\/1\.1 200/);
    expect(await raw(served, `POST ${origin}${GET_BOOK} HTTP/1.1`, json, body)).toContain('"title":"dune"');
    // What goes on to connect-es is no different.
    const unusual = json.replace('json', 'json; charset=UTF8');
    expect(await raw(served, `POST ${origin}${GET_BOOK} HTTP/1.1`, unusual, body)).toContain(
      '"title":"dune"',
    );
    expect(await raw(served, `GET ${origin}/nowhere HTTP/1.1`)).toContain('GET /nowhere is not served here');
    expect(await raw(served, `GET ${origin} HTTP/1.1`)).toContain('location: /docs');
    expect(await raw(served, `GET ${origin}?a=b HTTP/1.1`)).toContain('location: /docs');
  },
);

test('handlers see the host of such a target, not the one of the header', async () => {
  const seen: unknown[] = [];
  const served = await stand(
    {},
    {
      mail: {
        getLetter: (_request, { url, requestHeader }) => {
          seen.push(url, requestHeader.get('host'));
          return {};
        },
      },
    },
  );
  await raw(served, 'GET http://mail.example.com:81/v1/boxes/ann/letters/one HTTP/1.1');

  expect(seen).toEqual(['http://mail.example.com:81/v1/boxes/ann/letters/one', 'mail.example.com:81']);
});

test.each(['ftp://x/healthz', 'http://ann@x/healthz', 'http:///healthz', 'healthz'])(
  '%s is no target of ours',
  async (target) => {
    expect(await raw(await stand(), `GET ${target} HTTP/1.1`)).toMatch(/^HTTP\/1\.1 40[04]/);
  },
);

test.each(['*', 'http://x'])('OPTIONS %s asks whether the server is there', async (target) => {
  const answer = await raw(await stand(), `OPTIONS ${target} HTTP/1.1`);

  expect(answer).toMatch(/^HTTP\/1\.1 204/);
  expect(answer).toMatch(/^x-content-type-options: nosniff/m);
});

test('OPTIONS of a path is about the path', async () => {
  const answer = await raw(await stand(), 'OPTIONS http://x/v1/boxes/ann/letters HTTP/1.1');

  expect(answer).toMatch(/^allow: OPTIONS, POST/m);
});

test('GET * is not served', async () => {
  expect(await raw(await stand(), 'GET * HTTP/1.1')).toMatch(/^HTTP\/1\.1 40[04]/);
});
