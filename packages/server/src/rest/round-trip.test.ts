import { create, type DescField, type Message } from '@bufbuild/protobuf';
import { isWrapperDesc } from '@bufbuild/protobuf/wkt';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyMessage } from '../testdata/rest/arbitrary.ts';
import { ask } from '../testdata/rest/ask.ts';
import { call, messageOf, methodsOf, registry } from '../testdata/rest/mail.ts';
import { fieldsOf, getField } from './json/message-fields.ts';
import { createJsonWriter } from './json/writer.ts';
import { createTranscoder } from './transcoder.ts';

const transcoder = createTranscoder({
  methods: methodsOf('KindsService'),
  registry,
  refuseUnknownJson: true,
  maxQueryParameters: 4096,
});
const writer = createJsonWriter({ emitDefaults: false, registry });

/** A value of a field as a text of a URL. */
function texts(field: DescField, value: unknown): string[] {
  if (field.fieldKind === 'list') {
    return (value as unknown[]).map((item) => textOf(JSON.parse(writer.value(field)([item]))[0]));
  }
  return [textOf(JSON.parse(writer.value(field)(value)))];
}

function textOf(json: unknown): string {
  return typeof json === 'string' ? json : Object.is(json, -0) ? '-0' : String(json);
}

/** Every field that is set, by its path. */
function parameters(message: Message, fields: readonly DescField[], prefix = ''): [string, string][] {
  return fields.flatMap((field): [string, string][] => {
    const value = getField(fieldsOf(message), field);
    if (value === undefined || unsuited(field)) {
      return [];
    }
    const name = `${prefix}${prefix.length % 2 === 0 ? field.name : field.jsonName}`;
    const entered =
      field.fieldKind === 'message' &&
      !field.message.typeName.startsWith('google.protobuf.') &&
      !isWrapperDesc(field.message);
    return entered
      ? parameters(value as Message, field.message.fields, `${name}.`)
      : texts(field, value).map((text): [string, string] => [name, text]);
  });
}

const unsuited = (field: DescField): boolean =>
  field.fieldKind === 'map' ||
  field.message?.typeName === 'google.protobuf.Struct' ||
  (field.fieldKind === 'list' && field.message?.typeName === 'mail.v1.Inner');

test('a request is the same after its way through a query', () => {
  const desc = messageOf('EchoQueryRequest');
  fc.assert(
    fc.property(anyMessage(desc, { skip: unsuited }), (message) => {
      const query = new URLSearchParams(parameters(message, desc.fields)).toString();

      // A message without any field set cannot be told from no message at all.
      expect(pruned(ask(transcoder, `GET /v1/kinds?${query}`).message)).toEqual(pruned(message));
    }),
    { numRuns: 300 },
  );
});

test('a request is the same after its way through a body', () => {
  const desc = messageOf('EchoBodyRequest');
  fc.assert(
    fc.property(anyMessage(desc, { inAny: messageOf('Inner') }), (message) => {
      const body = writer.message(desc)(message);

      expect(ask(transcoder, 'POST /v1/kinds', { body }).message).toEqual(message);
    }),
    { numRuns: 200 },
  );
});

test('a request is the same after its way through a path', () => {
  const desc = messageOf('EchoPathRequest');
  const rest = desc.fields.find((field) => field.name === 'rest');
  const inPath = anyMessage(desc, { skip: (field) => field.name === 'next' || field.oneof !== undefined });
  fc.assert(
    fc.property(inPath, fc.array(fc.string({ unit: 'grapheme' })), (message, tail) => {
      const request = message as Message & Record<string, unknown>;
      // An empty segment is the value of nothing; what a slash of a longer value was, cannot be told.
      request.text ||= 'x';
      request.rest = tail.join('/').replace(/%2f/gi, '_');
      request.inner = create(messageOf('Inner'), { name: 'n' } as never);
      request.data = new Uint8Array([...(request.data as Uint8Array), 1]);
      const values = desc.fields
        .filter((field) => field !== rest && field.name !== 'inner')
        .map((field) => encodeURIComponent(texts(field, request[field.localName])[0] ?? ''));
      const last = String(request.rest).split('/').map(encodeURIComponent).join('/');

      expect(ask(transcoder, `GET /v1/path/${values.join('/')}/n/${last}`).message).toEqual(message);
    }),
    { numRuns: 300 },
  );
});

test('a list is a body', () => {
  const { route, message } = ask(transcoder, 'PUT /v1/lists/x?reverse=true', {
    body: [{ name: 'a', tint: 'RED' }, {}],
  });

  expect(message).toMatchObject({
    name: 'x',
    reverse: true,
    inners: [{ name: 'a', choice: { case: 'tint', value: 1 } }, { name: '' }],
  });
  const answer = create(route.method.output, { inners: [{ color: 1 }], name: 'x' } as never);
  expect(JSON.parse(String(transcoder.encode(route, answer, call).body))).toEqual([
    { name: '', color: 'RED', token: '' },
  ]);
});

/** Without messages that say nothing, as plain data. */
function pruned(value: unknown): unknown {
  if (value instanceof Uint8Array || typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map(pruned);
  }
  const { $typeName, ...fields } = value as Record<string, unknown>;
  const kept = Object.entries(fields)
    .map(([name, inner]) => [name, pruned(inner)] as const)
    .filter(([, inner]) => inner !== undefined);
  const wellKnown = typeof $typeName === 'string' && $typeName.startsWith('google.protobuf.');
  const says = kept.some(
    ([, inner]) =>
      !(inner === '' || inner === 0 || inner === 0n || inner === false || inner === '0') &&
      !(Array.isArray(inner) && inner.length === 0) &&
      !(inner instanceof Uint8Array && inner.length === 0) &&
      !(typeof inner === 'object' && inner !== null && Object.keys(inner).length === 0),
  );
  return says || wellKnown ? Object.fromEntries(kept) : undefined;
}
