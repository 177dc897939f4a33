import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type FieldMark, fieldPolicyOf, markedFields } from './index.ts';
import { type FieldSpec, messagesWith } from './testdata/contract.ts';

const secret: FieldSpec = { policy: { secret: true } };

function paths(messages: Parameters<typeof messagesWith>[0], name: string, mark: FieldMark): string[] {
  return markedFields(messagesWith(messages)(name), mark).map((path) =>
    path.map((field) => field.name).join('.'),
  );
}

test('a field that is not marked has no policy', () => {
  const message = messagesWith({ Parcel: { note: {}, key: { policy: { idempotencyKey: true } } } })('Parcel');

  expect(message.fields.map(fieldPolicyOf)).toMatchObject([undefined, { idempotencyKey: true }]);
});

test('marks are told apart, and a field may have several', () => {
  const messages = {
    Parcel: {
      key: { policy: { idempotencyKey: true } },
      sender: { policy: { principal: true } },
      token: { policy: { credential: true, volatile: true } },
      note: {},
    },
  };

  expect(paths(messages, 'Parcel', 'idempotencyKey')).toEqual(['key']);
  expect(paths(messages, 'Parcel', 'principal')).toEqual(['sender']);
  expect(paths(messages, 'Parcel', 'credential')).toEqual(['token']);
  expect(paths(messages, 'Parcel', 'volatile')).toEqual(['token']);
  expect(paths(messages, 'Parcel', 'owner')).toEqual([]);
});

test('a mark that is set to false is none', () => {
  expect(paths({ Parcel: { note: { policy: { secret: false } } } }, 'Parcel', 'secret')).toEqual([]);
});

test('messages inside are looked through, in lists and maps too', () => {
  const messages = {
    Parcel: {
      one: { message: 'Item' },
      many: { message: 'Item', as: 'list' },
      named: { message: 'Item', as: 'map' },
    },
    Item: { name: {}, code: secret },
  } as const;

  expect(paths(messages, 'Parcel', 'secret')).toEqual(['one.code', 'many.code', 'named.code']);
});

test('a path leads through the fields, the marked one last', () => {
  const message = messagesWith({ Parcel: { item: { message: 'Item' } }, Item: { code: secret } });
  const [path] = markedFields(message('Parcel'), 'secret');

  expect(path).toEqual([message('Parcel').field.item, message('Item').field.code]);
});

test('a marked message is one field: what is inside is marked with it', () => {
  const messages = {
    Parcel: { origin: { message: 'Origin', policy: { volatile: true } } },
    Origin: { address: { policy: { volatile: true, secret: true } } },
  } as const;

  expect(paths(messages, 'Parcel', 'volatile')).toEqual(['origin']);
  expect(paths(messages, 'Parcel', 'secret')).toEqual(['origin.address']);
});

test('the outermost fields come first', () => {
  const messages = {
    Parcel: { deep: { message: 'Deep' }, item: { message: 'Item' }, code: secret },
    Deep: { item: { message: 'Item' } },
    Item: { code: secret },
  };

  expect(paths(messages, 'Parcel', 'secret')).toEqual(['code', 'item.code', 'deep.item.code']);
});

test('a message that contains itself is entered once on every path', () => {
  const messages = {
    Parcel: { first: { message: 'Box' }, second: { message: 'Box', as: 'list' } },
    Box: { code: secret, inner: { message: 'Box' }, wrapped: { message: 'Wrapper' } },
    Wrapper: { box: { message: 'Box', as: 'map' }, label: secret },
  } as const;

  expect(paths(messages, 'Parcel', 'secret').sort()).toEqual([
    'first.code',
    'first.wrapped.label',
    'second.code',
    'second.wrapped.label',
  ]);
  expect(paths(messages, 'Box', 'secret')).toEqual(['code', 'wrapped.label']);
});

test('fields are looked for once', () => {
  const message = messagesWith({ Parcel: { code: secret } })('Parcel');

  expect(markedFields(message, 'secret')).toBe(markedFields(message, 'secret'));
});

const names = ['A', 'B', 'C', 'D'] as const;
const anyField: fc.Arbitrary<FieldSpec> = fc.oneof(
  fc.constant<FieldSpec>({}),
  fc.constant(secret),
  fc.record({ message: fc.constantFrom(...names), as: fc.constantFrom('list', 'map') }),
  fc.record({ message: fc.constantFrom(...names) }),
);
const anyMessage = fc
  .array(anyField, { maxLength: 4 })
  .map((fields) => Object.fromEntries(fields.map((field, index) => [`f${index}`, field])));
const anyContract = fc.record({ A: anyMessage, B: anyMessage, C: anyMessage, D: anyMessage });

test('every path holds together and ends at a mark, and no marked field is forgotten', () => {
  fc.assert(
    fc.property(anyContract, (contract) => {
      const message = messagesWith(contract);
      const found = markedFields(message('A'), 'secret');

      for (const path of found) {
        expect(path[0]?.parent).toBe(message('A'));
        path.slice(1).forEach((field, index) => {
          expect(path[index]?.message).toBe(field.parent);
        });
        expect(path.map((field) => fieldPolicyOf(field)?.secret === true)).toEqual(
          path.map((_, index) => index === path.length - 1),
        );
      }
      const reached = new Set(['A']);
      for (const name of reached) {
        for (const field of Object.values(contract[name as keyof typeof contract])) {
          if (field.message !== undefined) {
            reached.add(field.message);
          }
        }
      }
      const marked = [...reached].flatMap((name) =>
        message(name).fields.filter((field) => fieldPolicyOf(field)?.secret === true),
      );
      expect(new Set(found.map((path) => path.at(-1)))).toEqual(new Set(marked));
    }),
  );
});
