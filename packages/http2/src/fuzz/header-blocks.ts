import { encodeFields } from '../hpack/index.ts';
import { assembled, type Part } from '../hpack/testdata/blocks.ts';
import { POST } from '../testdata/frames.ts';
import { mutated } from './mutate.ts';
import type { Random } from './random.ts';

const NAMES = [
  ...['te', 'cookie', 'host', 'content-length', 'transfer-encoding', 'connection', 'grpc-timeout', 'x', ''],
  ...[':path', ':method', ':status', ':protocol', 'UPPER', 'with space', 'traceparent'],
];
const VALUES = [
  ...[
    '',
    '0',
    '5',
    '-1',
    '99999999999999999999',
    'trailers',
    'chunked',
    'CONNECT',
    'HEAD',
    '/',
    '*',
    'a\0b',
    ' a ',
  ],
  ...['a\r\nb', '\xff\xfe', 'v'.repeat(300), 'long '.repeat(900)],
];

/** Requests that most servers would take. */
const REQUESTS: readonly (readonly string[])[] = [
  POST,
  [...POST, 'content-length', '5'],
  [...POST, 'te', 'trailers', 'content-type', 'application/grpc', 'grpc-timeout', '5S'],
  [':method', 'GET', ':scheme', 'http', ':path', '/a?b', 'host', 'here', 'cookie', 'a=b', 'cookie', 'c=d'],
  [':method', 'HEAD', ':scheme', 'https', ':path', '/', ':authority', 'here'],
];
const blocks = REQUESTS.map(encodeFields);

/** The header block of a request that is in order. */
export function requestBlock(random: Random): Buffer {
  return random.pick(blocks);
}

/**
 * Any header block: of requests, of parts at random, with defects.
 *
 * @param disorder - how probable it is that a part refers to what is not there
 */
export function anyBlock(random: Random, disorder: number): Buffer {
  let block = requestBlock(random);
  if (random.happens(0.6)) {
    const parts = Array.from({ length: random.below(6) }, () => anyPart(random, disorder));
    block = Buffer.concat(random.happens(0.5) ? [block, assembled(parts)] : [assembled(parts), block]);
  }
  return random.happens(disorder) ? mutated(block, random) : block;
}

function anyPart(random: Random, disorder: number): Part {
  if (random.happens(0.4)) {
    return { kind: 'indexed', index: random.happens(disorder) ? random.below(80) : 1 + random.below(61) };
  }
  if (random.happens(disorder)) {
    return { kind: 'size', bytes: random.pick([0, 33, 100, 1000, 4096, 4097]) };
  }
  return {
    kind: 'literal',
    flags: random.pick([0x00, 0x10, 0x40, 0x40]),
    name: random.happens(0.3) ? 1 + random.below(61) : random.pick(NAMES),
    value: random.happens(0.3) ? random.bytes(random.below(40)).toString('latin1') : random.pick(VALUES),
    huffman: random.happens(disorder / 4) ? 'claimed' : random.pick(['no', 'yes']),
  };
}
