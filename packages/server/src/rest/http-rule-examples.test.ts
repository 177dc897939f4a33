import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { ask } from '../testdata/rest/ask.ts';
import { contract, type MessageSpec, type Rule } from '../testdata/rest/contract.ts';
import { createTranscoder } from './transcoder.ts';

// The examples in the documentation of google.api.HttpRule, with the same names and paths.

function serve(messages: Record<string, MessageSpec>, input: string, rule: Rule, refuseUnknownJson = true) {
  const { methods, message } = contract({ Reply: { text: 'string' }, ...messages }, [
    { name: 'Call', input, output: 'Reply', rule },
  ]);
  const transcoder = createTranscoder({ methods, refuseUnknownJson });
  const request = (init: object) => create(message(input), init as never);
  return { transcoder, request };
}

const get = (value: string): Rule => ({ pattern: { case: 'get', value } });
const patch = (value: string, body: string): Rule => ({ pattern: { case: 'patch', value }, body });

test('a template inside a variable: /v1/{name=messages/*}', () => {
  const { transcoder, request } = serve(
    { GetMessageRequest: { name: 'string' } },
    'GetMessageRequest',
    get('/v1/{name=messages/*}'),
  );

  expect(ask(transcoder, 'GET /v1/messages/123456').message).toEqual(request({ name: 'messages/123456' }));
  expect(transcoder.match('GET', '/v1/messages/1/2')).toBeUndefined();
  expect(transcoder.match('GET', '/v1/people/1')).toBeUndefined();
});

test('what is not in the path is in the query, nested fields by their path', () => {
  const { transcoder, request } = serve(
    {
      GetMessageRequest: { message_id: 'string', revision: 'int64', sub: 'SubMessage' },
      SubMessage: { subfield: 'string' },
    },
    'GetMessageRequest',
    get('/v1/messages/{message_id}'),
  );

  expect(ask(transcoder, 'GET /v1/messages/123456?revision=2&sub.subfield=foo').message).toEqual(
    request({ messageId: '123456', revision: 2n, sub: { subfield: 'foo' } }),
  );
});

test('a repeated parameter, and each field of a message as a parameter', () => {
  const { transcoder, request } = serve(
    { ListRequest: { param: 'string[]', foo: 'Foo' }, Foo: { a: 'string', b: 'string', c: 'string' } },
    'ListRequest',
    get('/v1/list'),
  );

  expect(ask(transcoder, 'GET /v1/list?param=A&param=B&foo.a=A&foo.b=B&foo.c=C').message).toEqual(
    request({ param: ['A', 'B'], foo: { a: 'A', b: 'B', c: 'C' } }),
  );
});

test('a field as the body', () => {
  const { transcoder, request } = serve(
    { UpdateMessageRequest: { message_id: 'string', message: 'Message' }, Message: { text: 'string' } },
    'UpdateMessageRequest',
    patch('/v1/messages/{message_id}', 'message'),
  );

  expect(ask(transcoder, 'PATCH /v1/messages/123456', { body: { text: 'Hi!' } }).message).toEqual(
    request({ messageId: '123456', message: { text: 'Hi!' } }),
  );
});

test('* as the body', () => {
  const { transcoder, request } = serve(
    { Message: { message_id: 'string', text: 'string' } },
    'Message',
    patch('/v1/messages/{message_id}', '*'),
  );

  expect(ask(transcoder, 'PATCH /v1/messages/123456', { body: { text: 'Hi!' } }).message).toEqual(
    request({ messageId: '123456', text: 'Hi!' }),
  );
});

test('with * as the body there are no parameters in the query', () => {
  const messages = { Message: { message_id: 'string', text: 'string' } };
  const rule = patch('/v1/messages/{message_id}', '*');
  const strict = serve(messages, 'Message', rule);
  const lenient = serve(messages, 'Message', rule, false);
  const line = 'PATCH /v1/messages/1?text=Hi';

  expect(() => ask(strict.transcoder, line)).toThrow('takes no query');
  expect(ask(lenient.transcoder, line).message).toEqual(lenient.request({ messageId: '1' }));
});

test('several bindings of one method', () => {
  const { transcoder, request } = serve(
    { GetMessageRequest: { message_id: 'string', user_id: 'string' } },
    'GetMessageRequest',
    {
      ...get('/v1/messages/{message_id}'),
      additionalBindings: [get('/v1/users/{user_id}/messages/{message_id}')],
    },
  );

  expect(ask(transcoder, 'GET /v1/messages/123456').message).toEqual(request({ messageId: '123456' }));
  expect(ask(transcoder, 'GET /v1/users/me/messages/123456').message).toEqual(
    request({ userId: 'me', messageId: '123456' }),
  );
  expect(ask(transcoder, 'GET /v1/messages/123456?user_id=me').message).toEqual(
    request({ userId: 'me', messageId: '123456' }),
  );
});

test('a variable of one segment is decoded in full', () => {
  const { transcoder, request } = serve({ Get: { var: 'string' } }, 'Get', get('/v1/{var}'));

  expect(ask(transcoder, 'GET /v1/a%2Fb%3Fc%20d+e').message).toEqual(request({ var: 'a/b?c d+e' }));
});

test('in a variable of several segments an encoded slash stays encoded', () => {
  const { transcoder, request } = serve({ Get: { var: 'string' } }, 'Get', {
    ...get('/v1/{var=foo/*}'),
    additionalBindings: [get('/v2/{var=**}')],
  });

  expect(ask(transcoder, 'GET /v1/foo/a%2Fb%2fc%3Ad').message).toEqual(request({ var: 'foo/a%2Fb%2fc:d' }));
  expect(ask(transcoder, 'GET /v2/a/b%2Fc%20d').message).toEqual(request({ var: 'a/b%2Fc d' }));
  expect(ask(transcoder, 'GET /v2').message).toEqual(request({ var: '' }));
});

test('a variable may lead to a field further down', () => {
  const { transcoder, request } = serve(
    {
      GetMessageRequest: { message_id: 'string', sub: 'SubMessage' },
      SubMessage: { subfield: 'string', other: 'string' },
    },
    'GetMessageRequest',
    get('/v1/messages/{message_id}/{sub.subfield}'),
  );

  expect(ask(transcoder, 'GET /v1/messages/123456/foo?sub.other=bar').message).toEqual(
    request({ messageId: '123456', sub: { subfield: 'foo', other: 'bar' } }),
  );
});

test('a list as the body of request and answer', () => {
  const { methods, message } = contract(
    { Batch: { items: 'Item[]', name: 'string' }, Item: { text: 'string' } },
    [
      {
        name: 'Put',
        input: 'Batch',
        output: 'Batch',
        rule: { pattern: { case: 'put', value: '/v1/batches/{name}' }, body: 'items', responseBody: 'items' },
      },
    ],
  );
  const transcoder = createTranscoder({ methods });

  const { route, message: request } = ask(transcoder, 'PUT /v1/batches/x', { body: [{ text: 'a' }, {}] });
  const answer = transcoder.encode(route, request, { path: '', traceId: '', now: 0 });

  expect(request).toEqual(create(message('Batch'), { name: 'x', items: [{ text: 'a' }, {}] } as never));
  expect(answer.body).toBe('[{"text":"a"},{"text":""}]');
});

test('a custom method, and one for every method', () => {
  const { methods } = contract({ Get: { id: 'string' } }, [
    { name: 'Purge', input: 'Get', output: 'Get', rule: custom('purge', '/v1/{id}') },
    { name: 'Any', input: 'Get', output: 'Get', rule: custom('*', '/v1/{id}') },
  ]);
  const transcoder = createTranscoder({ methods });

  expect(ask(transcoder, 'PURGE /v1/x').route.method.name).toBe('Purge');
  expect(ask(transcoder, 'GET /v1/x').route.method.name).toBe('Any');
});

function custom(kind: string, path: string): Rule {
  return { pattern: { case: 'custom', value: { kind, path } } };
}

test.each<[string, Rule, string]>([
  ['no path', {}, 'a rule has no path'],
  ['a body with GET', { ...get('/v1/x'), body: '*' }, 'GET /v1/x has body'],
  ['a body that is no field', patch('/v1/x', 'nope'), 'body is "nope"; expected a field of test.v1.Request'],
  ['a body further down', patch('/v1/x', 'sub.name'), 'expected a field of test.v1.Request'],
  ['an answer that is no field', { ...get('/v1/x'), responseBody: 'nope' }, 'response_body is "nope"'],
  [
    'bindings in bindings',
    { ...get('/v1/x'), additionalBindings: [{ ...get('/v1/y'), additionalBindings: [get('/v1/z')] }] },
    'expected one level',
  ],
  ['a template that is none', get('v1/x'), '(GET v1/x): at character 1, "v1/x": expected "/"'],
  ['a variable that is no field', get('/v1/{nope}'), '(GET /v1/{nope}): test.v1.Request has no field "nope"'],
  ['a variable in what is no message', get('/v1/{id.x}'), 'test.v1.Request.id is no message'],
  ['a list in the path', get('/v1/{tags}'), 'the variable tags is a list'],
  ['a message in the path', get('/v1/{sub}'), 'the variable sub is a message'],
  ['a list of messages in the path', get('/v1/{subs.name}'), 'test.v1.Request.subs is no message'],
  ['a method that is none', custom('G T', '/v1/x'), 'custom.kind is "G T"'],
])('%s is refused at start, with the method', (_, rule, problem) => {
  const { methods } = contract(
    {
      Request: { id: 'string', tags: 'string[]', sub: 'Sub', subs: 'Sub[]' },
      Sub: { name: 'string' },
    },
    [{ name: 'Broken', input: 'Request', output: 'Request', rule }],
  );

  expect(() => createTranscoder({ methods })).toThrow('test.v1.TestService/Broken');
  expect(() => createTranscoder({ methods })).toThrow(problem);
});

test('everything that is wrong is told at once', () => {
  const { methods } = contract({ Request: { id: 'string' } }, [
    { name: 'First', input: 'Request', output: 'Request', rule: get('x') },
    { name: 'Second', input: 'Request', output: 'Request', rule: get('y') },
  ]);

  expect(() => createTranscoder({ methods })).toThrow(/First[\s\S]*Second/);
});

test.each([[{ clientStreaming: true }], [{ clientStreaming: true, serverStreaming: true }]])(
  'a stream of requests has no REST form: %o',
  (streaming) => {
    const messages = { Request: { id: 'string' } };
    const spec = { name: 'Upload', input: 'Request', output: 'Request', ...streaming };

    expect(() =>
      createTranscoder({ methods: contract(messages, [{ ...spec, rule: get('/x') }]).methods }),
    ).toThrow('test.v1.TestService/Upload');
    expect(createTranscoder({ methods: contract(messages, [spec]).methods }).routes).toEqual([]);
  },
);

test('an answer without fields is an empty object', () => {
  const { methods, message } = contract({ Request: { id: 'string' } }, [
    {
      name: 'Drop',
      input: 'Request',
      output: 'Empty',
      rule: { pattern: { case: 'delete', value: '/v1/{id}' } },
    },
  ]);
  const transcoder = createTranscoder({ methods });
  const { route } = ask(transcoder, 'DELETE /v1/x');

  expect(message('Request').typeName).toBe('test.v1.Request');
  expect(
    transcoder.encode(route, create(route.method.output), { path: '', traceId: '', now: 0 }),
  ).toMatchObject({
    status: 200,
    body: '{}',
  });
});

test('google.api.HttpBody is a raw body, in and out', () => {
  const { methods } = contract({ Upload: { name: 'string', file: 'HttpBody' } }, [
    {
      name: 'Put',
      input: 'Upload',
      output: 'HttpBody',
      rule: { pattern: { case: 'put', value: '/v1/{name}' }, body: 'file' },
    },
    {
      name: 'Post',
      input: 'HttpBody',
      output: 'Upload',
      rule: { pattern: { case: 'post', value: '/v1' }, body: '*', responseBody: 'file' },
    },
  ]);
  const transcoder = createTranscoder({ methods });
  const bytes = new Uint8Array([0xff, 0, 1]);
  const png = { headers: { 'content-type': 'image/png' }, body: bytes };
  const file = { contentType: 'image/png', data: bytes };
  const call = { path: '', traceId: '', now: 0 };

  const put = ask(transcoder, 'PUT /v1/x', png);
  expect(put.message).toMatchObject({ name: 'x', file });
  expect(transcoder.encode(put.route, create(put.route.method.output, file as never), call)).toMatchObject({
    body: bytes,
    headers: { 'content-type': 'image/png' },
  });
  const post = ask(transcoder, 'POST /v1', png);
  expect(post.message).toMatchObject(file);
  const answer = create(post.route.method.output, {
    file: { ...file, contentType: 'text/html\r\nx: y' },
  } as never);
  expect(transcoder.encode(post.route, answer, call)).toMatchObject({
    body: bytes,
    headers: { 'content-type': 'application/octet-stream' },
  });
});
