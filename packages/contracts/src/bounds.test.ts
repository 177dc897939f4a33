import { create, type DescField, type DescMessage, ScalarType } from '@bufbuild/protobuf';
import { createValidator } from '@bufbuild/protovalidate';
import { expect, test } from 'vitest';
import { isOwn, methods, reachable, registry } from './testdata/contract.ts';

const validator = createValidator({ registry });

/** Everything of the contracts that a request can hold. */
const fields = [...new Set(methods.flatMap(({ input }) => [...reachable(input)]))]
  .filter(({ file }) => isOwn(file.proto.name))
  .flatMap((message) => message.fields);

const nameOf = (field: DescField): string => `${field.parent.typeName}.${field.name}`;

/** Whether a value is refused: for the field as a whole, or for an element of it. */
function refuses(field: DescField, value: unknown, part: 'whole' | 'element' = 'whole'): boolean {
  const desc: DescMessage = field.parent;
  const init =
    field.oneof === undefined
      ? { [field.localName]: value }
      : { [field.oneof.localName]: { case: field.localName, value } };
  const result = validator.validate(desc, create(desc, init));
  if (result.kind === 'error') {
    throw result.error;
  }
  const length = part === 'whole' ? 1 : 2;
  return result.violations?.some(({ field: path }) => path.length === length && path[0] === field) ?? false;
}

const long = 'x'.repeat(10_001);

test('no text of a request is without a limit', () => {
  const texts = fields.filter((field) => field.fieldKind === 'scalar' && field.scalar === ScalarType.STRING);

  expect(texts.length).toBeGreaterThan(150);
  expect(texts.filter((field) => !refuses(field, long)).map(nameOf)).toEqual([
    // Set by the server, which does not look at them in requests.
    'catalog.v1.PreQueue.seed_hash',
    'catalog.v1.PreQueue.seed',
    // At most 65,536: whole bodies are signed.
    'gateway.v1.ValidateWebhookRequest.payload',
  ]);
});

test('no list of a request is without a limit', () => {
  const element = { scalar: (index: number) => `${index}`, enum: () => 1, message: () => ({}) };
  const lists = fields.filter((field) => field.fieldKind === 'list');
  const texts = lists.filter((field) => field.listKind === 'scalar');
  const longer = lists.filter(
    (field) =>
      !refuses(
        field,
        Array.from({ length: 2001 }, (_, index) => element[field.listKind](index)),
      ),
  );

  expect(lists.length).toBeGreaterThan(10);
  expect(longer.map(nameOf)).toEqual([
    // At most 50,000, and at most 5000.
    'catalog.v1.Event.blocked_seat_ids',
    'catalog.v1.NumberList.numbers',
  ]);
  expect(texts.filter((field) => !refuses(field, [long], 'element')).map(nameOf)).toEqual([]);
});

test('no map of a request is without a limit', () => {
  const pairs = Object.fromEntries(Array.from({ length: 1001 }, (_, index) => [`k${index}`, 'v']));
  const maps = fields.filter(({ fieldKind }) => fieldKind === 'map');

  expect(maps.length).toBeGreaterThan(10);
  expect(maps.filter((field) => !refuses(field, pairs)).map(nameOf)).toEqual([]);
  expect(maps.filter((field) => !refuses(field, { [long]: 'v' }, 'element')).map(nameOf)).toEqual([]);
  expect(maps.filter((field) => !refuses(field, { k: long }, 'element')).map(nameOf)).toEqual([]);
});

test('no enum of a request takes a number that means nothing', () => {
  const enums = fields.filter(({ fieldKind }) => fieldKind === 'enum');

  expect(enums.length).toBeGreaterThan(15);
  expect(enums.filter((field) => !refuses(field, 9999)).map(nameOf)).toEqual([]);
});

test('no number of a request may be negative', () => {
  const numbers = fields.filter(
    ({ fieldKind, scalar }) =>
      fieldKind === 'scalar' && scalar !== ScalarType.STRING && scalar !== ScalarType.BOOL,
  );
  const negative = (field: DescField): unknown => (field.scalar === ScalarType.INT64 ? -1n : -1);

  expect(numbers.length).toBeGreaterThan(20);
  expect(numbers.filter((field) => !refuses(field, negative(field))).map(nameOf)).toEqual([
    // Set by the server, which does not look at them in requests.
    'catalog.v1.Event.total_seats',
    'catalog.v1.Event.revision',
    'catalog.v1.Section.total_seats',
  ]);
});
