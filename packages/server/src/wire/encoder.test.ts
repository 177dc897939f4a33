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
  SourceCodeInfoSchema,
  StructSchema,
} from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anyMessage } from '../testdata/rest/arbitrary.ts';
import { messageOf } from '../testdata/rest/mail.ts';
import { descriptors } from '../testdata/serve.ts';
import { compileEncoder } from './compile-encoder.ts';
import { type Encoder, makeEncoder } from './encoder.ts';
import {
  Grouped,
  Hostile,
  HostileKinds,
  Inherited,
  Kinds,
  LongTexts,
  Raw,
  Required,
} from './testdata/kinds.ts';

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

function expected(desc: DescMessage, message: Message): string {
  return Buffer.from(toBinary(desc, message)).toString('hex');
}

const names = ['Scalars', 'Optionals', 'Lists', 'Inner', 'EchoBodyRequest', 'SendLetterRequest', 'Letter'];

const types: readonly (readonly [name: string, desc: DescMessage])[] = [
  ...names.map((name) => [`${name}, plain`, plain(name)] as const),
  ...names.map((name) => [name, messageOf(name)] as const),
  ['a message of proto2 with defaults', FieldDescriptorProtoSchema],
  ['a message that contains itself', DescriptorProtoSchema],
  ['a plain message of proto2', SourceCodeInfoSchema],
  ['all kinds of scalars', Kinds],
  ['a number that is kept as a text', LongTexts],
  ['hostile names', Hostile],
  ['hostile names of all kinds', HostileKinds],
  ['names that every object has', Inherited],
];

/** Fails where anything is left to `toBinary`. */
const strict: typeof compileEncoder = (desc, out) =>
  compileEncoder(desc, out, () => expect.fail('this was left to toBinary'));

test.each([
  // The others have numbers that are kept as texts.
  ...['Optionals', 'Lists', 'Inner', 'SendLetterRequest', 'Letter'].map(
    (name) => [name, plain(name)] as const,
  ),
  ['all kinds of scalars', Kinds],
  ['a plain message of proto2', SourceCodeInfoSchema],
  ['hostile names', Hostile],
  ['hostile names of all kinds', HostileKinds],
] as const)('nothing of this is left to toBinary: %s', (_name, desc) => {
  const encode = makeEncoder(desc, strict);
  fc.assert(fc.property(anyMessage(desc), (message) => void encode(message, 0)));
});

const makers = [
  ['compiled', makeEncoder],
  ['of closures', (desc: DescMessage) => makeEncoder(desc, () => undefined)],
] as const;

describe.each(makers)('an encoder %s', (_how, make) => {
  const encoders = new Map<DescMessage, Encoder>();
  function bytesOf(desc: DescMessage, message: Message, reserve = 0): string {
    const encode = encoders.get(desc) ?? make(desc);
    encoders.set(desc, encode);
    return Buffer.from(encode(message, reserve).subarray(reserve)).toString('hex');
  }

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
    [Kinds, 'small', 1.5],
    [Kinds, 'small', 2 ** 31],
    [Kinds, 'small', Number.NaN],
    [Kinds, 'natural', -1],
    [Kinds, 'big', 2n ** 63n],
    [Kinds, 'big', -(2n ** 63n) - 1n],
    [Kinds, 'bigNatural', 2n ** 64n],
    [Kinds, 'bigNatural', -1n],
    [plain('Optionals'), 'bytesValue', 'text'],
  ])('a value that does not fit is refused as toBinary refuses it: %s, %s = %s', (desc, field, value) => {
    const message = Object.assign(create(desc, { text: 'half' } as never), { [field]: value });
    let refusal: unknown;
    try {
      toBinary(desc, message);
    } catch (reason) {
      refusal = reason;
    }
    expect(refusal).toBeInstanceOf(Error);
    expect(() => bytesOf(desc, message)).toThrow((refusal as Error).message);
    // What was half written is gone.
    const next = create(Kinds, { text: 'next' } as never);
    expect(bytesOf(Kinds, next)).toBe(expected(Kinds, next));
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
    const encode = make(desc);
    const first = encode(create(desc, { name: 'first' } as never), 0);
    const copy = Buffer.from(first);
    encode(clone(desc, create(desc, { name: 'other' } as never)), 0);
    expect(Buffer.from(first).equals(copy)).toBe(true);
  });

  test('a message of another type is refused, by itself and further down', () => {
    const desc = plain('Inner');
    const other = { ...create(desc, { name: 'n' } as never), $typeName: 'mail.v1.Other' };
    for (const message of [other, Object.assign(create(desc), { next: other })]) {
      expect(() => make(desc)(message, 0)).toThrow('with message mail.v1.Other');
    }
  });

  test('a field that has to be set is missed as toBinary misses it', () => {
    const message = create(Required, { other: 'x' } as never);
    expect(() => toBinary(Required, message)).toThrow('needed');
    expect(() => bytesOf(Required, message)).toThrow('needed');
    const whole = create(Required, { needed: 'n' } as never);
    expect(bytesOf(Required, whole)).toBe(expected(Required, whole));
  });

  test('a group is written as one', () => {
    const message = create(Grouped, { part: { a: 7 } } as never);
    expect(bytesOf(Grouped, message)).toBe('0b08070c');
  });

  test.each(['list', 'oneof'])('what is undefined in a %s is left to toBinary', (where) => {
    const lists = types.flatMap(([, desc]) =>
      desc.fields.filter(({ fieldKind, oneof, message }) =>
        where === 'list' ? fieldKind === 'list' && message : oneof && message,
      ),
    );
    const { localName, oneof, parent: desc } = lists[0] ?? expect.fail(`no type has a message in a ${where}`);
    const message = Object.assign(
      create(desc),
      oneof === undefined
        ? { [localName]: [undefined] }
        : { [oneof.localName]: { case: localName, value: undefined } },
    );
    const outcome = (write: () => string): string => {
      try {
        return write();
      } catch (reason) {
        return String(reason);
      }
    };
    expect(outcome(() => bytesOf(desc, message))).toBe(outcome(() => expected(desc, message)));
  });

  test('a message that has others written while it is written itself', () => {
    const desc = plain('Inner');
    const inner = create(desc, { name: 'inner '.repeat(40) } as never);
    const written: string[] = [];
    const outer = Object.defineProperty(create(desc, { next: create(desc) } as never), 'name', {
      enumerable: true,
      get: () => {
        written.push(bytesOf(desc, inner));
        return 'outer';
      },
    });
    const plainOuter = create(desc, { name: 'outer', next: create(desc) } as never);
    expect(bytesOf(desc, outer)).toBe(expected(desc, plainOuter));
    expect(new Set(written)).toEqual(new Set([expected(desc, inner)]));
    const failing = Object.defineProperty(create(desc), 'name', {
      get: () => {
        throw new RangeError('a mistake');
      },
    });
    expect(() => bytesOf(desc, failing)).toThrow('a mistake');
    expect(bytesOf(desc, inner)).toBe(expected(desc, inner));
  });

  test('messages that end anywhere near the end of what many share', () => {
    const SLAB = 65_536;
    // Up to where a message is begun there.
    const LATEST = SLAB - 4_096;
    const encode = make(Raw);
    for (let delta = -24; delta <= 24; delta++) {
      for (const depth of [0, 1, 3]) {
        for (const latest of [0, 7]) {
          let end = 0;
          for (let steps = 0; end < LATEST - 50 || end > LATEST; steps++) {
            expect(steps).toBeLessThan(1_000);
            const step = end < LATEST ? Math.min(1_000, LATEST - end - 4) : 1_000;
            const last = encode(create(Raw, { raw: new Uint8Array(step) } as never), 0);
            end = last.byteOffset + last.length;
          }
          let message = create(Raw, { raw: new Uint8Array(SLAB - end + delta - 8), latest } as never);
          for (let level = 0; level < depth; level++) {
            message = create(Raw, { inner: message } as never);
          }
          expect(Buffer.compare(encode(message, 0), toBinary(Raw, message))).toBe(0);
        }
      }
    }
  });

  test('messages that are longer than what many share come between short ones', () => {
    const desc = plain('Inner');
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(1, 40, 5_000, 70_000, 1_200_000), { maxLength: 12 }),
        (lengths) => {
          const encode = make(desc);
          const messages = lengths.map((length, index) =>
            create(desc, { name: String(index).repeat(length).slice(0, length) } as never),
          );
          const written = messages.map((message) => encode(message, 5));
          for (const [index, message] of messages.entries()) {
            expect(Buffer.compare((written[index] as Uint8Array).subarray(5), toBinary(desc, message))).toBe(
              0,
            );
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test('what one message was given cannot be taken away with another', () => {
    const desc = plain('Inner');
    const bytes = make(desc)(create(desc, { name: 'a' } as never), 0);
    expect(() => structuredClone(bytes, { transfer: [bytes.buffer as ArrayBuffer] })).toThrow('transfer');
  });
});
