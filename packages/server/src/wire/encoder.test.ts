import {
  clone,
  create,
  createFileRegistry,
  type DescMessage,
  fromBinary,
  type Message,
  toBinary,
} from '@bufbuild/protobuf';
import {
  DescriptorProtoSchema,
  FieldDescriptorProtoSchema,
  FileDescriptorSetSchema,
  StructSchema,
} from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyMessage } from '../testdata/rest/arbitrary.ts';
import { messageOf } from '../testdata/rest/mail.ts';
import { descriptors } from '../testdata/serve.ts';
import { createEncoder } from './encoder.ts';

/** The tests' contracts without the fields that protobuf-es keeps in another form: nothing is left to `toBinary`. */
const plain = (() => {
  const set = fromBinary(FileDescriptorSetSchema, descriptors);
  for (const file of set.file.filter(({ name }) => name.startsWith('mail/'))) {
    for (const message of file.messageType) {
      message.field = message.field.filter(
        ({ typeName }) => !/^\.google\.protobuf\.(?:\w*Value|Struct|Any)$/.test(typeName),
      );
    }
  }
  const registry = createFileRegistry(set);
  return (name: string): DescMessage => registry.getMessage(`mail.v1.${name}`) ?? expect.fail(name);
})();

function bytesOf(desc: DescMessage, message: Message, reserve = 0): string {
  return Buffer.from(createEncoder(desc)(message, reserve).subarray(reserve)).toString('hex');
}

function expected(desc: DescMessage, message: Message): string {
  return Buffer.from(toBinary(desc, message)).toString('hex');
}

const names = ['Scalars', 'Optionals', 'Lists', 'Inner', 'EchoBodyRequest', 'SendLetterRequest', 'Letter'];

const types: readonly (readonly [name: string, desc: DescMessage])[] = [
  ...names.map((name) => [`${name}, plain`, plain(name)] as const),
  ...names.map((name) => [name, messageOf(name)] as const),
  ['a message of proto2 with defaults', FieldDescriptorProtoSchema],
  ['a message that contains itself', DescriptorProtoSchema],
];

test.each(types)('writes what toBinary writes: %s', (_name, desc) => {
  fc.assert(
    fc.property(anyMessage(desc), fc.nat(9), (message, reserve) => {
      expect(bytesOf(desc, message, reserve)).toBe(expected(desc, message));
    }),
  );
});

test.each([1, 60, 63, 64, 127, 128, 129, 16_383, 16_384, 70_000, 2_200_000])(
  'a string of %i characters, by itself and further down',
  (length) => {
    const desc = plain('Inner');
    for (const character of ['a', 'é', '漢', '😀', '\ud800']) {
      const name = character.repeat(length);
      const message = create(desc, {
        name,
        next: create(desc, { name, next: create(desc, { name }) }),
      } as never);
      expect(bytesOf(desc, message) === expected(desc, message), character).toBe(true);
    }
  },
);

test('fields that the contract does not know stay', () => {
  const known = plain('Letter');
  const message = fromBinary(
    plain('ClearRequest'),
    toBinary(known, create(known, { text: 'Hi', letterId: 'l' } as never)),
  );
  expect(message.$unknown).toBeDefined();
  expect(bytesOf(plain('ClearRequest'), message)).toBe(expected(plain('ClearRequest'), message));
});

test.each([
  ['int32Value', 1.5],
  ['int32Value', 2 ** 31],
  ['int32Value', Number.NaN],
  ['int64Value', 2n ** 63n],
  ['bytesValue', 'text'],
])('a value that does not fit is refused as toBinary refuses it: %s = %s', (field, value) => {
  const desc = plain('Optionals');
  const message = Object.assign(create(desc), { [field]: value });
  let refusal: unknown;
  try {
    toBinary(desc, message);
  } catch (reason) {
    refusal = reason;
  }
  expect(refusal).toBeInstanceOf(Error);
  expect(() => createEncoder(desc)(message, 0)).toThrow((refusal as Error).message);
  // What was half written is gone.
  const next = create(desc, { stringValue: 'next' } as never);
  expect(bytesOf(desc, next)).toBe(expected(desc, next));
});

test.each([
  ['int64Value', '-5'],
  ['int64Value', 7],
  ['stringValue', 7],
  ['boolValue', 'yes'],
])('what toBinary converts is converted: %s = %j', (field, value) => {
  const desc = plain('Optionals');
  const message = Object.assign(create(desc), { [field]: value });
  expect(bytesOf(desc, message)).toBe(expected(desc, message));
});

test('messages that are kept in another form are left to toBinary', () => {
  const message = create(StructSchema, { fields: { a: { kind: { case: 'numberValue', value: 1 } } } });
  expect(bytesOf(StructSchema, message)).toBe(expected(StructSchema, message));
});

test('what was given out is not written over', () => {
  const desc = plain('Inner');
  const encode = createEncoder(desc);
  const first = encode(create(desc, { name: 'first' } as never), 0);
  const copy = Buffer.from(first);
  encode(clone(desc, create(desc, { name: 'other' } as never)), 0);
  expect(Buffer.from(first).equals(copy)).toBe(true);
});
