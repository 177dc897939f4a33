import type { DescFile } from '@bufbuild/protobuf';
import type { DescriptorProto, EnumDescriptorProto } from '@bufbuild/protobuf/wkt';
import { expect, test } from 'vitest';
import { ownFiles } from './testdata/contract.ts';

// Field numbers of google.protobuf.FileDescriptorProto and what it holds: source positions are told by them.
const IN_FILE = { syntax: 12, message: 4, enum: 5, service: 6, extension: 7 };
const IN_MESSAGE = { field: 2, nested: 3, enum: 4, oneof: 8 };
const IN_ENUM = { value: 2 };
const IN_SERVICE = { method: 2 };

type Element = readonly [name: string, path: readonly number[]];

function elementsOf({ proto }: DescFile): Element[] {
  return [
    [proto.name, [IN_FILE.syntax]],
    ...proto.messageType.flatMap((message, i) =>
      inMessage(message, `${proto.package}.${message.name}`, [IN_FILE.message, i]),
    ),
    ...proto.enumType.flatMap((enumType, i) =>
      inEnum(enumType, `${proto.package}.${enumType.name}`, [IN_FILE.enum, i]),
    ),
    ...proto.extension.map(
      (extension, i): Element => [`${proto.package}.${extension.name}`, [IN_FILE.extension, i]],
    ),
    ...proto.service.flatMap(({ name, method }, i): Element[] => [
      [`${proto.package}.${name}`, [IN_FILE.service, i]],
      ...method.map(
        (rpc, j): Element => [
          `${proto.package}.${name}/${rpc.name}`,
          [IN_FILE.service, i, IN_SERVICE.method, j],
        ],
      ),
    ]),
  ];
}

function inMessage(message: DescriptorProto, name: string, path: readonly number[]): Element[] {
  if (message.options?.mapEntry) {
    return [];
  }
  // An optional scalar is in a oneof that nobody wrote.
  const synthetic = new Set(
    message.field.filter((field) => field.proto3Optional).map((field) => field.oneofIndex),
  );
  return [
    [name, path],
    ...message.field.map((field, i): Element => [`${name}.${field.name}`, [...path, IN_MESSAGE.field, i]]),
    ...message.oneofDecl.flatMap((oneof, i): Element[] =>
      synthetic.has(i) ? [] : [[`${name}.${oneof.name}`, [...path, IN_MESSAGE.oneof, i]]],
    ),
    ...message.nestedType.flatMap((nested, i) =>
      inMessage(nested, `${name}.${nested.name}`, [...path, IN_MESSAGE.nested, i]),
    ),
    ...message.enumType.flatMap((nested, i) =>
      inEnum(nested, `${name}.${nested.name}`, [...path, IN_MESSAGE.enum, i]),
    ),
  ];
}

function inEnum(enumType: EnumDescriptorProto, name: string, path: readonly number[]): Element[] {
  return [
    [name, path],
    ...enumType.value.map((value, i): Element => [`${name}.${value.name}`, [...path, IN_ENUM.value, i]]),
  ];
}

/** Comments by position. */
function commentsOf({ proto }: DescFile): Map<string, string> {
  return new Map(
    (proto.sourceCodeInfo?.location ?? []).map(({ path, leadingComments }) => [
      String(path),
      leadingComments.trim(),
    ]),
  );
}

test.each(ownFiles.map((file) => [file.proto.name, file] as const))(
  '%s explains all that it holds',
  (_name, file) => {
    const comments = commentsOf(file);
    const elements = elementsOf(file);
    const silent = elements.filter(([, path]) => !comments.get(String(path)));
    const unfinished = elements.filter(([, path]) =>
      /\b(TODO|FIXME|XXX|TBD)\b/.test(comments.get(String(path)) ?? ''),
    );

    expect(elements.length).toBeGreaterThan(10);
    expect(silent.map(([name]) => name)).toEqual([]);
    expect(unfinished.map(([name]) => name)).toEqual([]);
  },
);

test('every RPC that can be refused names the codes it is refused with', () => {
  const silent = ownFiles.flatMap((file) => {
    const comments = commentsOf(file);
    return elementsOf(file)
      .filter(([name]) => name.includes('/') && !name.endsWith('.proto'))
      .filter(([, path]) => !/ERROR_CODE_[A-Z_]+/.test(comments.get(String(path)) ?? ''))
      .map(([name]) => name);
  });

  // Nothing in these requests can be wrong but their form.
  expect(silent.sort()).toEqual([
    'catalog.v1.CatalogService/ListEvents',
    'gateway.v1.GatewayService/ListReservations',
    'gateway.v1.GatewayService/ValidateToken',
    'payment.v1.PaymentService/ListPayments',
    'reservation.v1.ReservationService/ListReservations',
  ]);
});

test('every code that comments speak of exists', () => {
  const codes = new Set(
    ownFiles.flatMap((file) => file.enums.flatMap((desc) => desc.values.map((value) => value.name))),
  );
  const unknown = ownFiles.flatMap((file) =>
    [...commentsOf(file).values()]
      .flatMap(
        (comment) =>
          comment.match(/\b[A-Z]+(_[A-Z]+)*_(CODE|STATUS|TYPE|KIND|SCENARIO|METHOD)_[A-Z_]+\b/g) ?? [],
      )
      .filter((name) => !codes.has(name)),
  );

  expect(unknown).toEqual([]);
});
