import { gzipSync } from 'node:zlib';
import { beforeAll, expect, test } from 'vitest';
import {
  askBoth,
  books,
  bothPeers,
  envelope,
  inVersions,
  json,
  type Peers,
  proto,
  type Request,
  seen,
  send,
  sent,
  versions,
} from './testdata/parity.ts';

const requests: Record<string, Request> = {};

for (const type of ['grpc', 'grpc+proto', 'grpc+json', 'grpc-web', 'grpc-web+proto', 'grpc-web+json']) {
  const encode = type.includes('json') ? json : proto;
  const headers = { 'content-type': `application/${type}`, te: 'trailers' };
  for (const book of books) {
    requests[`${type} ${book}`] = { headers: { ...headers, ...sent }, body: envelope(encode(book)) };
  }
  for (const accept of ['gzip', 'br,gzip', 'identity', 'nonsense']) {
    requests[`${type} accepting ${accept}`] = {
      headers: { ...headers, 'grpc-accept-encoding': accept },
      body: envelope(encode('long')),
    };
  }
  requests[`${type} in gzip`] = {
    headers: { ...headers, 'grpc-encoding': 'gzip' },
    body: envelope(gzipSync(encode('long')), 1),
  };
  requests[`${type} that could be compressed, and is not`] = {
    headers: { ...headers, 'grpc-encoding': 'gzip' },
    body: envelope(encode('dune')),
  };
}

let peers: Peers;
beforeAll(async () => {
  peers = await bothPeers();
});

test.each(inVersions(requests))('as connect-es over HTTP/$version: $name', async ({ request, version }) => {
  const [mine, theirs] = await askBoth(peers, version, request);
  expect(seen(mine)).toEqual(seen(theirs));
});

test.each(versions)('over HTTP/%i, gRPC-Web in base64 is the same in base64', async (version) => {
  const inBase64 = (bytes: Uint8Array) => Buffer.from(Buffer.from(bytes).toString('base64'));
  const framed = envelope(proto('trailers'));
  const pieces = Buffer.concat([inBase64(framed.subarray(0, 4)), inBase64(framed.subarray(4))]);
  const [text, binary] = await Promise.all([
    send[version](peers.ours, {
      headers: { 'content-type': 'application/grpc-web-text+proto' },
      body: pieces,
    }),
    send[version](peers.ours, { headers: { 'content-type': 'application/grpc-web+proto' }, body: framed }),
  ]);
  expect(text.headers['content-type']).toBe('application/grpc-web-text+proto');
  expect(Buffer.from(text.body.toString(), 'base64').toString('hex')).toBe(binary.body.toString('hex'));
});
