import { expect, test } from 'vitest';
import { messages, ownFiles } from './testdata/contract.ts';
import { placeOf, type WireFact } from './testdata/wire.ts';
import { mismatches, readTable } from './testdata/wire-table.ts';

// What peers of the platform already speak. Names, numbers and types in it never change.
const table = readTable('wire-v1.tsv');

function distinct(kind: WireFact['kind'], key: (fact: WireFact) => string): number {
  return new Set(table.filter(({ fact }) => fact.kind === kind).map(({ fact }) => key(fact))).size;
}

test('the table is whole', () => {
  expect({
    services: distinct('rpc', ({ of }) => of.replace(/\/.*/, '')),
    rpcs: distinct('rpc', placeOf),
    messages: distinct('field', ({ of }) => of),
    fields: distinct('field', placeOf),
    enums: distinct('enum', ({ of }) => of),
    enumValues: distinct('enum', placeOf),
  }).toEqual({ services: 9, rpcs: 50, messages: 140, fields: 662, enums: 35, enumValues: 221 });
});

test.each([...new Set(table.map(({ fact }) => fact.file))])(
  '%s speaks the wire format of version 1',
  (file) => {
    expect(mismatches(table.filter(({ fact }) => fact.file === file))).toEqual([]);
  },
);

test('JSON names are those that follow from the field names', () => {
  const others = messages.flatMap((message) =>
    message.fields
      .filter((field) => field.jsonName !== lowerCamelCase(field.name))
      .map((field) => `${message.typeName}.${field.name}: ${field.jsonName}`),
  );

  expect(others).toEqual([]);
});

test.each(ownFiles.map((file) => file.proto))('$name names its Go and Java packages', (file) => {
  const parts = file.package.split('.');

  expect(file.syntax).toBe('proto3');
  expect(file.name).toMatch(new RegExp(`^${parts.join('/')}/[a-z]+\\.proto$`));
  expect(file.options).toMatchObject({
    goPackage: `github.com/traffic-tacos/proto-contracts/gen/go/${parts.join('/')};${parts.slice(-2).join('')}`,
    javaPackage: `com.traffic_tacos.${file.package}`,
    javaMultipleFiles: true,
  });
});

function lowerCamelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
