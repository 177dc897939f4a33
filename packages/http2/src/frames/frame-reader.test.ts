import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frame } from '../testdata/frames.ts';
import { FrameReader } from './frame-reader.ts';
import { PREFACE } from './frame-type.ts';

interface Taken {
  readonly type: number;
  readonly flags: number;
  readonly id: number;
  readonly payload: string;
  readonly bytes: Buffer;
}

function reading(maxFrameBytes = 100): { reader: FrameReader; taken: Taken[] } {
  const taken: Taken[] = [];
  const sink = {
    frame: (type: number, flags: number, id: number, bytes: Buffer, start: number, end: number): void => {
      taken.push({ type, flags, id, payload: bytes.toString('latin1', start, end), bytes });
    },
  };
  return { reader: new FrameReader(sink, maxFrameBytes), taken };
}

test('frames of a chunk are handed on where they lie', () => {
  const { reader, taken } = reading();
  const chunk = Buffer.concat([PREFACE, frame(1, 2, 3, Buffer.from('abc')), frame(9, 255, 0x7fffffff)]);
  reader.read(chunk);
  expect(taken).toEqual([
    { type: 1, flags: 2, id: 3, payload: 'abc', bytes: chunk },
    { type: 9, flags: 255, id: 0x7fffffff, payload: '', bytes: chunk },
  ]);
  expect(taken.every(({ bytes }) => bytes === chunk)).toBe(true);
  expect(reader.hasPreface).toBe(true);
});

test('the reserved bit of a stream is ignored', () => {
  const { reader, taken } = reading();
  reader.read(Buffer.concat([PREFACE, frame(0, 0, 0x80000005)]));
  expect(taken[0]?.id).toBe(5);
});

test('any cut of the bytes gives the same frames', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(9), fc.nat(255), fc.nat(9), fc.uint8Array({ maxLength: 100 })), {
        maxLength: 8,
      }),
      fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }),
      (frames, sizes) => {
        const { reader, taken } = reading();
        const bytes = Buffer.concat([
          PREFACE,
          ...frames.map(([type, flags, id, payload]) => frame(type, flags, id, payload)),
        ]);
        for (let at = 0, index = 0; at < bytes.length; index++) {
          const size = sizes[index % sizes.length] as number;
          reader.read(bytes.subarray(at, at + size));
          at += size;
        }
        expect(taken.map(({ type, flags, id, payload }) => [type, flags, id, payload])).toEqual(
          frames.map(([type, flags, id, payload]) => [
            type,
            flags,
            id,
            Buffer.from(payload).toString('latin1'),
          ]),
        );
      },
    ),
  );
});

test('a frame above the limit is refused as soon as its head is known', () => {
  const { reader, taken } = reading(10);
  reader.read(Buffer.concat([PREFACE, frame(0, 0, 1, Buffer.alloc(10))]));
  const large = frame(0, 0, 1, Buffer.alloc(11)).subarray(0, 9);
  expect(() => reader.read(large)).toThrow('a frame has 11 bytes; at most 10 are allowed');
  const { reader: other } = reading(10);
  other.read(Buffer.concat([PREFACE, large.subarray(0, 4)]));
  expect(() => other.read(large.subarray(4))).toThrow('11 bytes');
  expect(taken).toHaveLength(1);
});

test('what is not the preface is refused at its first wrong byte', () => {
  const { reader } = reading();
  reader.read(Buffer.from('PRI * '));
  expect(() => reader.read(Buffer.from('X'))).toThrow('preface');
});

test('the type of a frame that has come in part is known', () => {
  const { reader } = reading();
  const bytes = frame(4, 0, 0, Buffer.from('abc'));
  reader.read(Buffer.concat([PREFACE, bytes.subarray(0, 8)]));
  expect(reader.partialType).toBeUndefined();
  reader.read(bytes.subarray(8, 10));
  expect(reader.partialType).toBe(4);
  reader.read(bytes.subarray(10));
  expect(reader.partialType).toBeUndefined();
});

test('nothing is handed on any more once it is stopped, even of the same chunk', () => {
  const taken: number[] = [];
  const reader: FrameReader = new FrameReader(
    {
      frame: (type) => {
        taken.push(type);
        if (type === 2) {
          reader.stop();
        }
      },
    },
    100,
  );
  const last = frame(2, 0, 0, Buffer.from('abc'));
  reader.read(Buffer.concat([PREFACE, frame(1, 0, 0), last.subarray(0, 5)]));
  reader.read(Buffer.concat([last.subarray(5), frame(3, 0, 0), frame(3, 0, 0).subarray(0, 4)]));
  reader.read(frame(3, 0, 0));
  expect(taken).toEqual([1, 2]);
});
