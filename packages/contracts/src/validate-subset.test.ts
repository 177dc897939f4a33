import type { AnyDesc, DescExtension, DescField } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { file_buf_validate_validate as official } from '@bufbuild/protovalidate/gen/buf/validate/validate_pb.js';
import { expect, test } from 'vitest';
import { registry } from './testdata/contract.ts';

// The repository has the part of buf/validate/validate.proto in use. The whole of it is what validators carry.
const ours = registry.getFile('buf/validate/validate.proto');

/** Everything of a file that decides how its options are encoded and read, by full name. */
function facts(file: typeof official): Map<string, string> {
  return new Map([...nestedTypes(file)].flatMap(factsOf));
}

function factsOf(desc: AnyDesc): [string, string][] {
  switch (desc.kind) {
    case 'message':
      return [
        [desc.typeName, 'message'],
        ...desc.fields.map((field): [string, string] => [
          `${desc.typeName}.${field.name}`,
          fieldFacts(field),
        ]),
      ];
    case 'enum':
      return [
        [desc.typeName, `enum ${desc.open ? 'open' : 'closed'}`],
        ...desc.values.map((value): [string, string] => [
          `${desc.typeName}.${value.name}`,
          `${value.number}`,
        ]),
      ];
    case 'extension':
      return [[desc.typeName, `${desc.extendee.typeName}: ${fieldFacts(desc)}`]];
    default:
      return [];
  }
}

function fieldFacts(field: DescField | DescExtension): string {
  const { fieldKind, number, presence, proto, oneof } = field;
  const type = field.message?.typeName ?? field.enum?.typeName ?? '';
  return [
    `number ${number}`,
    `${fieldKind} ${type}`,
    `type ${proto.type}`,
    `label ${proto.label}`,
    `presence ${presence}`,
    `oneof ${oneof?.name}`,
  ].join(', ');
}

test('every part of the subset is in the official file, in the same form', () => {
  if (ours === undefined) {
    throw new Error('buf/validate/validate.proto is not in the descriptor set');
  }
  const subset = facts(ours);
  const whole = facts(official);

  expect(subset.size).toBeGreaterThan(50);
  expect(ours.proto.package).toBe(official.proto.package);
  expect(subset).toEqual(new Map([...subset.keys()].map((name) => [name, whole.get(name)])));
});

test('the options have the numbers that are registered for them', () => {
  expect(registry.getExtension('buf.validate.message')?.number).toBe(1159);
  expect(registry.getExtension('buf.validate.field')?.number).toBe(1159);
});
