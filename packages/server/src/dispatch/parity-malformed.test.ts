import { gzipSync } from 'node:zlib';
import { Code } from '@connectrpc/connect';
import { beforeAll, expect, test } from 'vitest';
import {
  askBoth,
  bothPeers,
  envelope,
  inVersions,
  MAX_BYTES,
  PATH,
  type Peers,
  proto,
  type Request,
  send,
  statusOf,
  versions,
} from './testdata/parity.ts';

/** Requests for which the status is the same, and the words are better. */
const malformed: Record<string, Request> = {
  'Connect, no JSON': { headers: { 'content-type': 'application/json' }, body: Buffer.from('{"bookId"') },
  'Connect, empty JSON': { headers: { 'content-type': 'application/json' } },
  'Connect, wrong type in JSON': {
    headers: { 'content-type': 'application/json' },
    body: Buffer.from('{"bookId":5}'),
  },
  'Connect, unknown compression': {
    headers: { 'content-type': 'application/proto', 'content-encoding': 'zip' },
    body: proto('dune'),
  },
  'Connect, broken gzip': {
    headers: { 'content-type': 'application/proto', 'content-encoding': 'gzip' },
    body: Buffer.from('no gzip'),
  },
  'Connect, malformed timeout': {
    headers: { 'content-type': 'application/proto', 'connect-timeout-ms': 'soon' },
    body: proto('dune'),
  },
  'Connect, too large': {
    headers: { 'content-type': 'application/proto' },
    body: proto('x'.repeat(MAX_BYTES)),
  },
  'Connect, a bomb': {
    headers: { 'content-type': 'application/proto', 'content-encoding': 'gzip' },
    body: gzipSync(Buffer.alloc(10_000_000)),
  },
};
for (const type of ['grpc', 'grpc-web']) {
  const headers = { 'content-type': `application/${type}+proto`, te: 'trailers' };
  Object.assign(malformed, {
    [`${type}, no message`]: { headers },
    [`${type}, half a head`]: { headers, body: envelope(proto('dune')).subarray(0, 3) },
    [`${type}, half a message`]: { headers, body: envelope(proto('dune')).subarray(0, 8) },
    [`${type}, two messages`]: {
      headers,
      body: Buffer.concat([envelope(proto('dune')), envelope(proto('emma'))]),
    },
    [`${type}, a lying length`]: { headers, body: Buffer.from([0, 255, 255, 255, 255, 1]) },
    [`${type}, too large`]: { headers, body: envelope(proto('x'.repeat(MAX_BYTES))) },
    [`${type}, a bomb`]: {
      headers: { ...headers, 'grpc-encoding': 'gzip' },
      body: envelope(gzipSync(Buffer.alloc(10_000_000)), 1),
    },
    [`${type}, broken gzip`]: {
      headers: { ...headers, 'grpc-encoding': 'gzip' },
      body: envelope(Buffer.from('no gzip'), 1),
    },
    [`${type}, unknown compression`]: {
      headers: { ...headers, 'grpc-encoding': 'zip' },
      body: envelope(proto('dune'), 1),
    },
    [`${type}, malformed timeout`]: {
      headers: { ...headers, 'grpc-timeout': '1 second' },
      body: envelope(proto('dune')),
    },
  });
}

let peers: Peers;
beforeAll(async () => {
  peers = await bothPeers();
});

test.each(inVersions(malformed))(
  'the same status as connect-es over HTTP/$version: $name',
  async ({ request, version }) => {
    const [mine, theirs] = await askBoth(peers, version, request);
    expect(statusOf(mine)).toEqual(statusOf(theirs));
  },
);

test.each(versions)('over HTTP/%i, a message that is not the Base64 it says', async (version) => {
  for (const message of ['***', 'AA=A', 'a b']) {
    const path = `${PATH}?connect=v1&encoding=proto&base64=1&message=${encodeURIComponent(message)}`;
    const answer = await send[version](peers.ours, { method: 'GET', path, headers: {} });

    expect(answer.status, message).toBe(400);
    expect(JSON.parse(answer.body.toString())).toMatchObject({
      code: 'invalid_argument',
      message: 'the query parameter message is not Base64; expected it to be, as base64=1 says',
    });
  }
});

test.each(versions)("over HTTP/%i, what is no message of Protobuf is the client's fault", async (version) => {
  const headers = { 'content-type': 'application/grpc-web+proto' };
  const answer = await send[version](peers.ours, {
    headers,
    body: envelope(Buffer.from([255, 255, 255])),
  });
  expect(answer.body.toString()).toContain(`grpc-status: ${Code.InvalidArgument}\r\n`);
});
