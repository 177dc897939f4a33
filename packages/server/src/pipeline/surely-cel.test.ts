import { create, createFileRegistry, fromBinary } from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { descriptors } from '../testdata/serve.ts';
import { surelyCel } from './surely-cel.ts';

const registry = createFileRegistry(fromBinary(FileDescriptorSetSchema, descriptors));
const desc = registry.getMessage('library.v1.LendBookRequest') ?? expect.fail('no request type');
const loan = create(desc, { bookId: 'dune', days: 3, readers: ['ada', 'bo'], wrapping: {} } as never);

test.each([
  'this.days == 3',
  'this.days + 2 >= 5 && this.days < 4',
  '!this.forever',
  '!(this.forever && this.days > 0)',
  'this.forever || this.readers.size() == 2',
  "this.book_id == 'dune'",
  "this.days != 4 ? '' : 'days are %d'.format([this.days, (1)])",
  '(has(this.wrapping) ? 1 : 0) + (has(this.member_id) ? 1 : 0) == 1',
  'this.forever ? this.days == 0 : this.days == 3',
])('%s is surely kept', (expression) => {
  expect(surelyCel(expression, desc)?.(loan)).toBe(true);
});

test.each([
  'this.days == 4',
  'this.forever',
  'this.readers.size() > 2',
  "this.days == 3 ? 'three days' : ''",
  // Nothing is compiled for these.
  "this.days == 3 ? 'days are %d'.format([this.days]) : ''",
  "this.book_id.startsWith('du')",
  'this.readers.all(reader, reader.size() < 5)',
  "this.book_id < 'e'",
  "this.book_id == '\\u0064une'",
  'this.wrapping.wrapped_at == 0',
  "this.days == '3'",
  'this.days',
])('%s is not', (expression) => {
  expect(surelyCel(expression, desc)?.(loan)).toBe(false);
});

test.each([
  'this.days * 1 == 3',
  'this.days in [3]',
  'this.days == 3u',
  'this.days < 3.5',
  'this.no_field == 0',
  'this.labels["a"] == ""',
  'this.days == 3 this.forever',
  '(this.days == 3',
  'this == this',
  'size(this.readers) == 2',
  "r'x' == 'x'",
  '1 < 2 < 3',
  'true',
  '#',
  '',
])('%s is no expression that is compiled', (expression) => {
  expect(surelyCel(expression, desc)).toBeUndefined();
});
