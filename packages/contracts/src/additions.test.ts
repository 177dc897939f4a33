import { expect, test } from 'vitest';
import { ownFiles, registry } from './testdata/contract.ts';
import { placeOf } from './testdata/wire.ts';
import { mismatches, readTable } from './testdata/wire-table.ts';

// What version 1 has beyond wire-v1.tsv, in the same form. It binds as much as the other table does.
const table = readTable('additions-v1.tsv');

test('the two tables do not overlap', () => {
  const known = new Set(readTable('wire-v1.tsv').map(({ fact }) => placeOf(fact)));

  expect(table.filter(({ fact }) => known.has(placeOf(fact)))).toEqual([]);
});

test.each([...new Set(table.map(({ fact }) => fact.file))])('%s has the additions of version 1', (file) => {
  expect(mismatches(table.filter(({ fact }) => fact.file === file))).toEqual([]);
});

test.each([
  ['tacos.policy.v1.service', 50801, 'google.protobuf.ServiceOptions', 'tacos.policy.v1.Policy'],
  ['tacos.policy.v1.method', 50802, 'google.protobuf.MethodOptions', 'tacos.policy.v1.Policy'],
  ['tacos.policy.v1.field', 50803, 'google.protobuf.FieldOptions', 'tacos.policy.v1.FieldPolicy'],
  ['tacos.policy.v1.error', 50804, 'google.protobuf.EnumValueOptions', 'tacos.policy.v1.ErrorPolicy'],
])('option (%s) is extension %i of %s', (name, number, extendee, type) => {
  const extension = registry.getExtension(name);

  expect(extension?.number).toBe(number);
  expect(extension?.extendee.typeName).toBe(extendee);
  expect(extension?.message?.typeName).toBe(type);
});

// So that a method can override its service with 0 or false.
test('every scalar of a policy says whether it is set', () => {
  const policy = ownFiles.find((file) => file.proto.name === 'tacos/policy/v1/policy.proto');
  const scalars = policy?.messages
    .flatMap((message) => message.fields)
    .filter((field) => field.fieldKind === 'scalar' || field.fieldKind === 'enum');

  expect(scalars?.length).toBeGreaterThan(20);
  expect(scalars?.filter((field) => !field.proto.proto3Optional).map(String)).toEqual([]);
});
