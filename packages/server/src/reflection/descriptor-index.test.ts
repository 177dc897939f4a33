import type { FileRegistry } from '@bufbuild/protobuf';
import { nestedTypes } from '@bufbuild/protobuf/reflect';
import { expect, test } from 'vitest';
import { indexFiles } from './descriptor-index.ts';
import { full } from './testdata/open-library.ts';

/** The names of what registry files declare, in the words of protobuf-es. */
function* namesIn(registry: FileRegistry): Generator<[name: string, file: string]> {
  for (const file of registry.files) {
    for (const type of nestedTypes(file)) {
      yield [type.typeName, file.proto.name];
      if (type.kind === 'message') {
        for (const field of type.fields) {
          yield [`${type.typeName}.${field.name}`, file.proto.name];
        }
        for (const { name } of type.oneofs) {
          yield [`${type.typeName}.${name}`, file.proto.name];
        }
      } else if (type.kind === 'service') {
        for (const { name } of type.methods) {
          yield [`${type.typeName}.${name}`, file.proto.name];
        }
      } else if (type.kind === 'enum') {
        const scope = type.typeName.slice(0, -type.name.length);
        for (const { name } of type.values) {
          yield [scope + name, file.proto.name];
        }
      }
    }
  }
}

test('everything that a file declares leads to that file', () => {
  const index = indexFiles(full.files);
  const declared = new Map([...namesIn(full)].reverse());

  expect(declared.size).toBeGreaterThan(300);
  expect([...declared.keys()].map((name) => [name, index.fileOfSymbol(name)])).toEqual([...declared]);
});

test('what is not in the index is not found, and asking for it anyway is a mistake', () => {
  const index = indexFiles(full.files);

  expect(index.has('no/such.proto')).toBe(false);
  expect(index.fileOfSymbol('constructor')).toBeUndefined();
  expect(index.extensionNumbers('library.v1')).toBeUndefined();
  expect(() => index.bytes('no/such.proto')).toThrow(/no\/such\.proto is not in the index/);
});
