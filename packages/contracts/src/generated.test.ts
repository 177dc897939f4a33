import { readdirSync, readFileSync } from 'node:fs';
import { clone, type DescFile, toJson } from '@bufbuild/protobuf';
import { type FileDescriptorProto, FileDescriptorProtoSchema } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { isOwn, ownFiles } from './testdata/contract.ts';
import { generatedFiles, generatedServices } from './testdata/generated.ts';
import { extensionsOf, optionedIn } from './testdata/options.ts';

// What clients load is the contract without what only servers need.
const RULES = 1159;
const HTTP = 72_295_728;
const POLICY = { service: 50801, method: 50802, field: 50803, error: 50804 };

const contracts = ownFiles.filter((file) => file.proto.package !== 'tacos.policy.v1');

test('every file of the contracts is generated', () => {
  const names = (files: readonly DescFile[]): string[] => files.map((file) => file.proto.name).sort();

  expect(names(generatedFiles)).toEqual(names(contracts));
});

test.each(generatedFiles.map(({ proto }) => [proto.name, proto] as const))(
  '%s carries neither rules nor HTTP routes',
  (_name, file) => {
    const foreign = optionedIn(file)
      .flatMap(extensionsOf)
      .filter((no) => !isPolicy(no));

    expect(foreign).toEqual([]);
    expect(file.dependency.filter((name) => !isOwn(name))).toEqual(
      file.dependency.filter((name) => name.startsWith('google/protobuf/')),
    );
  },
);

test('the full descriptor carries both, and the generated code the policies', () => {
  const inAll = (files: readonly DescFile[]) =>
    new Set(files.flatMap(({ proto }) => optionedIn(proto).flatMap(extensionsOf)));

  expect(inAll(contracts)).toEqual(new Set([RULES, HTTP, ...Object.values(POLICY)]));
  expect(inAll(generatedFiles)).toEqual(new Set(Object.values(POLICY)));
});

test.each(generatedServices.map((service) => [service.typeName, service] as const))(
  '%s and its methods carry their policies',
  (_name, { proto }) => {
    expect(extensionsOf(proto)).toContain(POLICY.service);
    expect(proto.method.filter((method) => !extensionsOf(method).includes(POLICY.method))).toEqual([]);
  },
);

test.each(contracts.map(({ proto }) => [proto.name, proto] as const))(
  'without rules and routes, %s is what is generated',
  (name, full) => {
    const generated = generatedFiles.find(({ proto }) => proto.name === name);

    expect(generated && asClientsSeeIt(generated.proto)).toEqual(asClientsSeeIt(full));
  },
);

test.each(['esm', 'cjs'])('generated %s code refers to nothing that is not in a client', (style) => {
  const root = new URL(`../gen/${style}/`, import.meta.url);
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((file) =>
    /_pb\.(js|d\.ts)$/.test(file),
  );
  const referring = files.filter((file) =>
    /(from|require\()\s*["'][^"']*(buf\/validate|google\/api)/.test(
      readFileSync(new URL(file, root), 'utf8'),
    ),
  );

  expect(files).toHaveLength(2 * contracts.length);
  expect(referring).toEqual([]);
});

/** A file as clients need it: no rules, no routes and what they import, no comments. */
function asClientsSeeIt(proto: FileDescriptorProto): unknown {
  const file = clone(FileDescriptorProtoSchema, proto);
  file.dependency = file.dependency.filter((name) => isOwn(name) || name.startsWith('google/protobuf/'));
  delete file.sourceCodeInfo;
  const known = JSON.stringify(toJson(FileDescriptorProtoSchema, file), (key, value) =>
    key === 'options' && Object.keys(value).length === 0 ? undefined : value,
  );
  const policies = optionedIn(file).map(({ options }) =>
    (options?.$unknown ?? [])
      .filter(({ no }) => isPolicy(no))
      .map(({ no, data }) => `${no}: ${Buffer.from(data).toString('hex')}`),
  );
  return { known: JSON.parse(known), policies };
}

function isPolicy(no: number): boolean {
  return Object.values(POLICY).includes(no);
}
