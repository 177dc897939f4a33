import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  GetBookRequestSchema,
  type GetBookResponse,
  GetBookResponseSchema,
} from '../../packages/server/src/testdata/gen/library/v1/library_pb.js';

/** The method that every server serves: one short string in, two strings and a number out. */
export const path = '/library.v1.LibraryService/GetBook';

/** What every server answers. */
export const book = { bookId: 'dune', title: 'dune', free: 3 } as const;

/** The request's message. */
export const request: Uint8Array = toBinary(
  GetBookRequestSchema,
  create(GetBookRequestSchema, { bookId: book.bookId }),
);

/** The answer's message. */
export const answer: Uint8Array = toBinary(GetBookResponseSchema, create(GetBookResponseSchema, { book }));

/** A message as gRPC sends it: a flag, the length, the bytes. */
export function framed(message: Uint8Array): Buffer {
  const head = Buffer.alloc(5);
  head.writeUInt32BE(message.length, 1);
  return Buffer.concat([head, message]);
}

/** @throws Error when a message is not the expected answer */
export function checkAnswer(message: Uint8Array): void {
  const found: GetBookResponse = fromBinary(GetBookResponseSchema, message);
  if (
    found.book?.bookId !== book.bookId ||
    found.book.free !== book.free ||
    found.book.title !== book.title
  ) {
    throw new Error(`answered ${JSON.stringify(found.book)}; expected ${JSON.stringify(book)}`);
  }
}
