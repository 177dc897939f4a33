import { create, toBinary } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import {
  type LendBookRequest,
  LendBookRequestSchema,
  LibraryService,
} from '../testdata/gen/library/v1/library_pb.js';
import { binaryCodec } from './codec.ts';

test('bytes in a message are not a view of all that came with them', () => {
  const picture = new Uint8Array([1, 2, 3]);
  const sent = toBinary(
    LendBookRequestSchema,
    create(LendBookRequestSchema, { wrapping: { look: { case: 'picture', value: picture } } }),
  );
  const received = Buffer.concat([Buffer.alloc(1000), sent]);
  const message = binaryCodec(LibraryService.method.lendBook).decode(received, 1000) as LendBookRequest;
  received.fill(0);

  const look = message.wrapping?.look;
  expect(look?.case === 'picture' && [...look.value]).toEqual([1, 2, 3]);
  expect(look?.case === 'picture' && look.value.buffer.byteLength).toBe(sent.length);
});
