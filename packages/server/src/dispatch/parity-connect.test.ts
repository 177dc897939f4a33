import { brotliCompressSync, gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import {
  askBoth,
  books,
  bothPeers,
  envelope,
  inVersions,
  json,
  ours,
  PATH,
  type Peers,
  proto,
  type Request,
  seen,
  send,
  sent,
  versions,
} from './testdata/parity.ts';

const requests: Record<string, Request> = {};

for (const type of ['application/proto', 'application/json', 'application/json; charset=utf-8']) {
  const encode = type.includes('json') ? json : proto;
  for (const book of books) {
    requests[`Connect ${type} ${book}`] = { headers: { 'content-type': type, ...sent }, body: encode(book) };
  }
  for (const accept of ['gzip', 'br', 'deflate, gzip', 'identity', 'nonsense']) {
    requests[`Connect ${type} accepting ${accept}`] = {
      headers: { 'content-type': type, 'accept-encoding': accept },
      body: encode('long'),
    };
  }
  requests[`Connect ${type} in gzip`] = {
    headers: { 'content-type': type, 'content-encoding': 'gzip' },
    body: gzipSync(encode('long')),
  };
  requests[`Connect ${type} in br`] = {
    headers: { 'content-type': type, 'content-encoding': 'br', 'accept-encoding': 'gzip' },
    body: brotliCompressSync(encode('long')),
  };
}
const read = `${PATH}?connect=v1&encoding=json&message=${encodeURIComponent('{"bookId":"dune"}')}`;
requests['Connect GET in JSON'] = { method: 'GET', path: read, headers: sent };
requests['Connect GET in JSON, failing'] = {
  method: 'GET',
  path: read.replace('dune', 'fail'),
  headers: sent,
};
requests['Connect GET in base64'] = {
  method: 'GET',
  path: `${PATH}?encoding=proto&base64=1&message=${Buffer.from(proto('dune')).toString('base64url')}`,
  headers: {},
};
requests['Connect GET, compressed'] = {
  method: 'GET',
  path: `${PATH}?encoding=proto&base64=1&compression=gzip&message=${gzipSync(proto('long')).toString('base64url')}`,
  headers: { 'accept-encoding': 'br' },
};
requests['Connect GET without an encoding'] = { method: 'GET', path: `${PATH}?message=x`, headers: {} };
requests['another HTTP method'] = { method: 'PUT', headers: { 'content-type': 'application/json' } };
requests['another content type'] = { headers: { 'content-type': 'text/plain' }, body: Buffer.from('{}') };
requests['no content type'] = { headers: {}, body: Buffer.from('{}') };

let peers: Peers;
beforeAll(async () => {
  peers = await bothPeers();
});

test.each(inVersions(requests))('as connect-es over HTTP/$version: $name', async ({ request, version }) => {
  const [mine, theirs] = await askBoth(peers, version, request);
  expect(seen(mine)).toEqual(seen(theirs));
});

const ofUnary = { 'content-type': 'application/json' };
const ofStream = { 'content-type': 'application/connect+json' };
const EXPORT = PATH.replace('GetBook', 'ExportBooks');
/** Requests of Connect that name its version, or another, or none. */
const versioned: Record<string, Request> = {
  'no version': { headers: ofUnary, body: json('dune') },
  'no version of a stream': { path: EXPORT, headers: ofStream, body: envelope(json('')) },
  'no version in GET': { method: 'GET', path: read.replace('connect=v1&', ''), headers: {} },
};
for (const version of ['1', '9']) {
  const header = { 'connect-protocol-version': version };
  Object.assign(versioned, {
    [`version ${version}`]: { headers: { ...ofUnary, ...header }, body: json('dune') },
    [`version ${version} of a stream`]: {
      path: EXPORT,
      headers: { ...ofStream, ...header },
      body: envelope(json('')),
    },
    [`version ${version} in GET`]: {
      method: 'GET',
      path: read.replace('connect=v1', `connect=v${version}`),
      headers: {},
    },
  });
}

for (const isRequired of [false, true]) {
  describe(`where the version is ${isRequired ? '' : 'not '}required`, () => {
    let strict: Peers;
    beforeAll(async () => {
      const option = { requireConnectProtocolHeader: isRequired };
      strict = await bothPeers(option, option);
    });
    test.each(inVersions(versioned))(
      'as connect-es over HTTP/$version: $name',
      async ({ request, version }) => {
        const [mine, theirs] = await askBoth(strict, version, request);
        expect([mine.status, codeIn(mine)]).toEqual([theirs.status, codeIn(theirs)]);
      },
    );
  });
}

function codeIn({ body }: { readonly body: Buffer }): string | undefined {
  return /"code":"(\w+)"/.exec(body.toString('latin1'))?.[1];
}

test.each(versions)(
  'over HTTP/%i another version of Connect is refused where one is required',
  async (version) => {
    const strict = await ours({ requireConnectProtocolHeader: true });
    const { status, body } = await send[version](strict, {
      headers: { ...ofUnary, 'connect-protocol-version': '9' },
      body: json('dune'),
    });
    expect({ status, ...JSON.parse(body.toString()) }).toMatchObject({
      status: 400,
      code: 'invalid_argument',
    });
  },
);

test.each(versions)('over HTTP/%i, JSON that is not UTF-8 is not taken for other text', async (version) => {
  const body = Buffer.concat([Buffer.from('{"bookId":"d'), Buffer.from([0xff]), Buffer.from('"}')]);
  const answer = await send[version](peers.ours, { headers: { 'content-type': 'application/json' }, body });
  expect(JSON.parse(answer.body.toString())).toMatchObject({
    code: 'invalid_argument',
    message: expect.stringContaining('UTF-8'),
  });
});
