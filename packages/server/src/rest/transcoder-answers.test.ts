import { create } from '@bufbuild/protobuf';
import { Code, ConnectError } from '@connectrpc/connect';
import { expect, test } from 'vitest';
import { statusModel } from '../errors/status-model.ts';
import { ask } from '../testdata/rest/ask.ts';
import { call, mailErrors, methodsOf, registry } from '../testdata/rest/mail.ts';
import type { RestResponse } from './rest-call.ts';
import { RestError } from './rest-error.ts';
import { createTranscoder } from './transcoder.ts';

const mail = createTranscoder({ methods: methodsOf('MailService'), registry, errors: mailErrors });

const SEND = 'POST /v1/boxes/ann/letters';

function json(response: RestResponse): unknown {
  return JSON.parse(String(response.body));
}

test('a success has the status of the policy and is not kept', () => {
  const { route } = ask(mail, SEND, { body: {} });
  const answer = create(route.method.output, { letter: { text: 'Hi', status: 1, serial: 5n } } as never);

  expect(mail.encode(route, answer, call)).toEqual({
    status: 201,
    headers: {
      'cache-control': 'no-store',
      'content-type': 'application/json',
      'x-content-type-options': 'nosniff',
    },
    body: '{"letter":{"letterId":"","text":"Hi","status":"SENT","postage":0,"weight":0,"serial":"5"},"similar":[]}',
  });
});

test('defaults are left out where that is wanted', () => {
  const transcoder = createTranscoder({ methods: methodsOf('MailService'), registry, emitDefaults: false });
  const { route } = ask(transcoder, SEND, { body: {} });

  expect(transcoder.encode(route, create(route.method.output), call).body).toBe('{}');
});

const nobody = {
  code: 2,
  message: 'nobody there',
  details: [{ field: 'box_id', reason: 'NO_SUCH_BOX', value: 'ann' }],
};
const error = {
  code: 'NOBODY_THERE',
  message: 'nobody there',
  timestamp: '2025-01-31T12:00:00.000Z',
  path: '/v1/x',
  traceId: 'f'.repeat(32),
  details: [{ field: 'box_id', reason: 'NO_SUCH_BOX', value: 'ann' }],
};

test('an answer that says no is an error; what else it says stays beside it', () => {
  const { route } = ask(mail, SEND, { body: {} });
  const answer = create(route.method.output, {
    similar: ['anna'],
    error: { ...nobody, traceId: 'a'.repeat(32) },
  } as never);

  const response = mail.encode(route, answer, call);

  expect(response.status).toBe(410);
  expect(json(response)).toEqual({ similar: ['anna'], error: { ...error, traceId: 'a'.repeat(32) } });
});

test('a reason that is a code of its own is the code, where the first detail gives it', () => {
  const { route } = ask(mail, SEND, { body: {} });
  const coded = (...reasons: string[]) => {
    const details = reasons.map((reason) => ({ reason }));
    const answer = create(route.method.output, { error: { ...nobody, details } } as never);
    return (json(mail.encode(route, answer, call)) as { error: { code: string } }).error.code;
  };

  expect(coded('MOVED_AWAY', 'NO_SUCH_BOX')).toBe('MOVED_AWAY');
  expect(coded('NO_SUCH_BOX', 'MOVED_AWAY')).toBe('NOBODY_THERE');
  expect(coded()).toBe('NOBODY_THERE');
});

test('an answer that says no is an error even where only a part of it is sent', () => {
  const { route } = ask(mail, 'GET /v1/boxes/ann/letters/1');
  const answer = create(route.method.output, { error: nobody } as never);

  expect(json(mail.encode(route, answer, call))).toEqual({ error });
  expect(mail.encode(route, create(route.method.output), call).body).toBe('null');
});

test('a status is an error, with the row of its own error message', () => {
  const info = { message: 'nobody there', traceId: call.traceId, details: nobody.details };
  const row = mailErrors.row('NOBODY');
  const status = new ConnectError(
    'nobody there',
    Code.NotFound,
    { 'retry-after': '3', 'content-type': 'x/y' },
    mailErrors.details(row, info),
  );

  const response = mail.encodeError(status, call);

  expect(response.status).toBe(410);
  expect(response.headers).toMatchObject({ 'retry-after': '3', 'content-type': 'application/json' });
  expect(json(response)).toEqual({ error });
});

test('a status of a contract without errors of its own has details of google.rpc', () => {
  const transcoder = createTranscoder({ methods: methodsOf('MailService'), registry, errors: statusModel });
  const details = statusModel.details(undefined, {
    message: 'no',
    traceId: 'b'.repeat(32),
    details: [{ field: 'x', reason: 'R' }],
  });

  const response = transcoder.encodeError(
    new ConnectError('no', Code.FailedPrecondition, undefined, details),
    call,
  );

  expect(response.status).toBe(400);
  expect(json(response)).toMatchObject({
    error: {
      code: 'FAILED_PRECONDITION',
      message: 'no',
      traceId: 'b'.repeat(32),
      details: [{ field: 'x', reason: 'R' }],
    },
  });
});

test.each([
  [new ConnectError('later', Code.Unavailable), 503, 'UNAVAILABLE', 'later'],
  [new ConnectError('who?', Code.Unauthenticated), 401, 'UNAUTHENTICATED', 'who?'],
  [new RestError(Code.InvalidArgument, 'bad'), 422, 'BAD_LETTER', 'bad'],
  [new Error('password hunter2 at /srv/x.ts'), 500, 'INTERNAL', 'internal error'],
  ['nonsense', 500, 'INTERNAL', 'internal error'],
])('%s', (reason, status, code, message) => {
  const response = mail.encodeError(reason, call);

  expect(response.status).toBe(status);
  expect(json(response)).toMatchObject({ error: { code, message } });
  expect(response.headers['www-authenticate']).toBe(status === 401 ? 'Bearer' : undefined);
});

test('what is no route is 404, 405 or the answer to OPTIONS', () => {
  const refuse = (httpMethod: string, path: string) => {
    const match = mail.match(httpMethod, path);
    if (match?.kind === 'route') {
      throw new Error('expected no route');
    }
    return mail.refuse(match, httpMethod, { ...call, path });
  };

  expect(refuse('GET', '/v2')).toMatchObject({ status: 404 });
  expect(json(refuse('GET', '/v2'))).toMatchObject({ error: { code: 'NOT_FOUND', path: '/v2' } });
  expect(refuse('PUT', '/v1/boxes/ann/letters')).toMatchObject({
    status: 405,
    headers: { allow: 'OPTIONS, POST' },
  });
  expect(refuse('OPTIONS', '/v1/boxes/ann/letters')).toMatchObject({
    status: 204,
    headers: { allow: 'OPTIONS, POST' },
    body: undefined,
  });
});

// Streams

const WATCH = 'GET /v1/boxes/ann/letters:watch';

test.each([
  [undefined, 'application/x-ndjson'],
  ['*/*', 'application/x-ndjson'],
  ['text/event-stream', 'text/event-stream'],
  ['text/event-stream, */*;q=0.5', 'text/event-stream'],
  ['text/event-stream;q=0.4, application/x-ndjson;q=0.5', 'application/x-ndjson'],
  ['text/event-stream, */*', 'text/event-stream'],
  ['application/*', 'application/x-ndjson'],
])('a stream for accept: %s is %s', (accept, type) => {
  const { route } = ask(mail, WATCH);

  expect(mail.openStream(route, accept).headers(undefined)).toMatchObject({
    'content-type': type,
    'cache-control': 'no-store',
  });
});

test('a stream in another form is refused', () => {
  const { route } = ask(mail, WATCH);

  expect(() => mail.openStream(route, 'application/json')).toThrow(
    'application/x-ndjson or text/event-stream',
  );
});

test('a stream as lines and as events, its error last', () => {
  const { route } = ask(mail, WATCH);
  const answer = create(route.method.output, { sequence: 42n, letter: { text: 'a\nb', status: 2 } } as never);
  const lines = mail.openStream(route, undefined);
  const events = mail.openStream(route, 'text/event-stream');
  const failed = new ConnectError('lost', Code.Unavailable);

  const line = lines.message(answer);
  expect(String(line).endsWith('}\n')).toBe(true);
  expect(String(line).split('\n')).toHaveLength(2);
  expect(JSON.parse(String(line))).toMatchObject({
    sequence: '42',
    letter: { text: 'a\nb', status: 'READ' },
  });
  expect(events.message(answer)).toBe(`id: 42\ndata: ${line}\n`);
  expect(JSON.parse(lines.error(failed, call) ?? '')).toMatchObject({
    error: { code: 'UNAVAILABLE', message: 'lost' },
  });
  expect(events.error(failed, call)).toBe(`event: error\ndata: ${lines.error(failed, call)}\n`);
});
