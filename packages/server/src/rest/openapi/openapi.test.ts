import { expect, test } from 'vitest';
import { contract } from '../../testdata/rest/contract.ts';
import { mailErrors, methodsOf, registry } from '../../testdata/rest/mail.ts';
import { createTranscoder } from '../transcoder.ts';
import { createOpenApi } from './document.ts';

function describe(service: string, requireKeys = false) {
  const { routes } = createTranscoder({ methods: methodsOf(service), registry, errors: mailErrors });
  return createOpenApi({
    title: 'Mail',
    version: '1.2.3',
    routes,
    registry,
    errors: mailErrors,
    requireKeys,
  });
}

const mail = describe('MailService');
const kinds = describe('KindsService');

test('every route is an operation with the words of the contract', () => {
  expect(mail).toMatchObject({ openapi: '3.1.1', info: { title: 'Mail', version: '1.2.3' } });
  expect(mail.tags).toEqual([{ name: 'MailService', description: 'Keeps letters.' }]);
  expect(
    Object.entries(mail.paths).map(([path, item]) => [
      path,
      Object.entries(item).map(([method, { operationId, summary }]) => [method, operationId, summary]),
    ]),
  ).toEqual([
    ['/v1/boxes/{boxId}/letters', [['post', 'MailService_SendLetter', 'Sends a letter']]],
    ['/v1/boxes/{boxId}/letters/{letterId}', [['get', 'MailService_GetLetter', 'Reads a letter']]],
    [
      '/v1/boxes/{boxId}/letters/{letterId}:read',
      [['post', 'MailService_ReadLetter', 'Marks a letter as read']],
    ],
    [
      '/v1/archive/{boxId}/letters/{letterId}',
      [['patch', 'MailService_ReadLetter_2', 'Marks a letter as read']],
    ],
    [
      '/v1/boxes/{boxId}/letters:watch',
      [['get', 'MailService_WatchLetters', 'Sends letters as they come in']],
    ],
  ]);
  expect(mail.paths['/v1/boxes/{boxId}/letters']?.post?.description).toBe(
    'Sends a letter. The answer says no when nobody lives there.\n\nA letter that was sent cannot be taken back.',
  );
});

test('an operation says what goes in, what comes out, and who may', () => {
  const send = mail.paths['/v1/boxes/{boxId}/letters']?.post;

  expect(send?.parameters).toEqual([
    {
      name: 'boxId',
      in: 'path',
      description: 'The box it goes to.',
      required: true,
      schema: { type: 'string', pattern: '^[a-z]{1,32}$' },
    },
    {
      name: 'Idempotency-Key',
      in: 'header',
      description: 'Makes a repeated call harmless.',
      schema: { type: 'string' },
      example: expect.stringMatching(/^[0-9a-f-]{36}$/),
    },
  ]);
  expect(send?.requestBody).toMatchObject({
    required: true,
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['letter'],
          properties: {
            letter: { $ref: '#/components/schemas/mail.v1.Letter', description: 'The letter.' },
            copies: {
              type: 'array',
              items: { type: 'string', maxLength: 32 },
              maxItems: 3,
              uniqueItems: true,
            },
            remarks: {
              type: 'object',
              additionalProperties: { type: 'string', maxLength: 100 },
              maxProperties: 4,
            },
          },
        },
      },
    },
  });
  expect(Object.keys(send?.requestBody?.content['application/json']?.schema?.properties ?? {})).not.toContain(
    'boxId',
  );
  expect(send?.responses).toMatchObject({
    201: {
      description: 'The letter, or why it was not sent.',
      content: {
        'application/json': { schema: { $ref: '#/components/schemas/mail.v1.SendLetterResponse' } },
      },
    },
    default: { $ref: '#/components/responses/Error' },
  });
  expect(send?.security).toEqual([{ bearer: ['mail.send'] }]);
  expect(mail.paths['/v1/boxes/{boxId}/letters/{letterId}']?.get?.security).toEqual([]);
});

test('a key is required where calls without one are refused', () => {
  const keyOf = (document: typeof mail) =>
    document.paths['/v1/boxes/{boxId}/letters']?.post?.parameters?.find(
      ({ name }) => name === 'Idempotency-Key',
    );

  expect(keyOf(mail)?.required).toBeUndefined();
  expect(keyOf(describe('MailService', true))?.required).toBe(true);
});

test('an operation says with which statuses it fails, by its policies', () => {
  const statusesOf = (path: string, method: string) =>
    Object.keys(mail.paths[path]?.[method]?.responses ?? {});

  expect(statusesOf('/v1/boxes/{boxId}/letters', 'post')).toEqual(expect.arrayContaining(['401', '403']));
  // Anybody may read, and this contract has a status of its own for what breaks its rules.
  const read = statusesOf('/v1/boxes/{boxId}/letters/{letterId}', 'get');
  expect(read).toEqual(expect.arrayContaining(['200', '422', '503', '504', 'default']));
  expect(read).not.toContain('401');
});

test('an error is not a part of a successful answer', () => {
  expect(Object.keys(mail.components.schemas['mail.v1.SendLetterResponse']?.properties ?? {})).toEqual([
    'letter',
    'similar',
  ]);
  expect(mail.components.schemas.Error?.properties?.code?.description).toContain(
    '`BAD_LETTER`, `NOBODY_THERE`, `MOVED_AWAY`',
  );
});

test('the rules of a contract are limits of its schemas', () => {
  expect(mail.components.schemas['mail.v1.Letter']).toMatchObject({
    required: ['letterId', 'text', 'postage', 'weight'],
    properties: {
      letterId: { pattern: '^[a-z0-9-]{1,64}$' },
      text: { type: 'string', minLength: 1, maxLength: 1000 },
      sentAt: { type: 'string', format: 'date-time' },
      postage: { type: 'integer', format: 'int32', minimum: 1, maximum: 500 },
      weight: { type: 'number', format: 'double', exclusiveMinimum: 0, exclusiveMaximum: 1_000_000 },
      serial: { type: 'string', format: 'int64' },
    },
  });
});

test('an enum has its values without prefix, and what they mean', () => {
  expect(mail.components.schemas['mail.v1.LetterStatus']).toEqual({
    type: 'string',
    enum: ['UNSPECIFIED', 'SENT', 'READ'],
    description:
      'How far a letter is.\n\n- `UNSPECIFIED`: Not known.\n- `SENT`: On its way.\n- `READ`: Opened.',
  });
});

test('a stream comes in two forms, and goes on from an event', () => {
  const watch = mail.paths['/v1/boxes/{boxId}/letters:watch']?.get;

  expect(watch?.parameters?.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
    'path boxId',
    'query resumeToken',
    'header Last-Event-ID',
  ]);
  expect(watch?.responses[200]).toMatchObject({
    content: { 'application/x-ndjson': {}, 'text/event-stream': {} },
  });
});

test('a body that is one field leaves the others to the query', () => {
  const patch = mail.paths['/v1/archive/{boxId}/letters/{letterId}']?.patch;

  expect(patch?.parameters?.map(({ name, in: place }) => `${place} ${name}`)).toEqual([
    'path boxId',
    'path letterId',
    'query notify',
  ]);
  expect(patch?.parameters?.[0]?.description).toContain('`archive/*`');
  expect(patch?.requestBody?.content['application/json']?.schema).toMatchObject({
    $ref: '#/components/schemas/mail.v1.Letter',
  });
});

test('fields have the schema of their JSON', () => {
  const { schemas } = kinds.components;

  expect(schemas['mail.v1.Scalars']?.properties).toMatchObject({
    doubleValue: { type: 'number', format: 'double' },
    int32Value: { type: 'integer', format: 'int32' },
    uint32Value: { type: 'integer', minimum: 0, maximum: 4_294_967_295 },
    int64Value: { type: 'string', format: 'int64' },
    fixed64Value: { type: 'string', format: 'uint64' },
    boolValue: { type: 'boolean' },
    stringValue: { type: 'string' },
    bytesValue: { type: 'string', contentEncoding: 'base64' },
    color: { $ref: '#/components/schemas/mail.v1.Color', description: 'An enum.' },
  });
  expect(schemas['mail.v1.WellKnown']?.properties).toMatchObject({
    time: { type: 'string', format: 'date-time' },
    duration: { type: 'string', pattern: '^-?[0-9]+(\\.[0-9]{1,9})?s$' },
    mask: { type: 'string' },
    wrappedString: { type: ['string', 'null'] },
    wrappedLong: { type: ['string', 'null'], format: 'int64' },
  });
  expect(schemas['mail.v1.EchoBodyRequest']?.properties).toMatchObject({
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    byNumber: { additionalProperties: { $ref: '#/components/schemas/mail.v1.Inner' }, propertyNames: {} },
    byFlag: { propertyNames: { enum: ['true', 'false'] } },
    struct: { type: 'object' },
    listValue: { type: 'array' },
    any: { required: ['@type'] },
    nullValue: { type: 'null' },
    otherName: { type: 'string' },
  });
  const choice = ['word', 'tint', 'inner', 'count', 'at'].map((name) => ({ required: [name] }));
  expect(schemas['mail.v1.Inner']?.oneOf).toEqual([...choice, { not: { anyOf: choice } }]);
});

test('a query has what fits into one, types that contain themselves once', () => {
  const names = kinds.paths['/v1/kinds']?.get?.parameters?.map(({ name }) => name) ?? [];

  expect(names).toEqual(
    expect.arrayContaining([
      'scalars.int64Value',
      'lists.colors',
      'wellKnown.mask',
      'inner.name',
      'inner.word',
    ]),
  );
  expect(names.filter((name) => /^(inners|labels|struct|inner\.next)/.test(name))).toEqual([]);
  const list = kinds.paths['/v1/kinds']?.get?.parameters?.find(({ name }) => name === 'lists.ints');
  expect(list?.schema).toMatchObject({ type: 'array', items: { type: 'integer' } });
});

test('what OpenAPI has no place for is left out', () => {
  expect(Object.keys(kinds.paths['/v1/kinds'] ?? {})).toEqual(['post', 'get']);
});

test('paths that differ in the names of their variables only are one path', () => {
  const { methods } = contract({ Get: { a: 'string', b: 'string', name: 'string' } }, [
    { name: 'Read', input: 'Get', output: 'Get', rule: { pattern: { case: 'get', value: '/v1/{a}' } } },
    { name: 'Drop', input: 'Get', output: 'Get', rule: { pattern: { case: 'delete', value: '/v1/{b}' } } },
    {
      name: 'Tree',
      input: 'Get',
      output: 'Get',
      rule: { pattern: { case: 'get', value: '/v1/x/{name=a/*/b/**}' } },
    },
    { name: 'Any', input: 'Get', output: 'Empty', rule: { pattern: { case: 'get', value: '/v1/y/*' } } },
  ]);

  const { paths } = createOpenApi({ title: 'x', version: '1', routes: createTranscoder({ methods }).routes });

  expect(Object.keys(paths)).toEqual(['/v1/{a}', '/v1/x/a/{name.2}/b/{name.4}', '/v1/y/{segment3}']);
  expect(paths['/v1/{a}']?.delete?.parameters?.[0]).toMatchObject({ name: 'a', in: 'path' });
});

test('everything that is referred to is there, and every parameter of a path is declared', () => {
  for (const document of [mail, kinds]) {
    const text = JSON.stringify(document);
    for (const [, kind, name] of text.matchAll(/"#\/components\/(schemas|responses)\/([^"]+)"/g)) {
      expect(document.components[kind as 'schemas' | 'responses']).toHaveProperty([String(name)]);
    }
    for (const [path, item] of Object.entries(document.paths)) {
      const wanted = [...path.matchAll(/\{([^}]+)\}/g)].map(([, name]) => name);
      for (const { parameters = [] } of Object.values(item)) {
        expect(parameters.filter((one) => one.in === 'path').map((one) => one.name)).toEqual(wanted);
      }
    }
  }
});
