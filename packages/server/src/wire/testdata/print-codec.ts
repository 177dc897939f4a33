/**
 * Prints what an encoder makes of a message, what a decoder makes of that, and whether code can be made of text here;
 * for the tests.
 */
import { create } from '@bufbuild/protobuf';
import { generated } from '../generated.ts';
import { createDecoder, createEncoder } from '../index.ts';
import { Kinds } from './kinds.ts';

const message = create(Kinds, { text: 'x', small: 7 } as never);
const bytes = createEncoder(Kinds)(message, 0);
const back = createDecoder(Kinds)(bytes, 0) as unknown as Record<string, unknown>;
process.stdout.write(
  JSON.stringify({
    bytes: Buffer.from(bytes).toString('hex'),
    text: back.text,
    small: back.small,
    generated: generated('return 1;', {}) === 1,
  }),
);
