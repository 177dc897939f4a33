import { create, type DescMessage, fromJson, type JsonValue, type Message, toJson } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anyMessage } from '../../testdata/rest/arbitrary.ts';
import { messageOf, registry } from '../../testdata/rest/mail.ts';
import { RestError } from '../rest-error.ts';
import { parseJson, readFrom } from './parse-body.ts';
import { createJsonReader } from './reader.ts';
import { createJsonWriter } from './writer.ts';

const desc = messageOf('EchoBodyRequest');
const inner = messageOf('Inner');
const anything = anyMessage(desc, { inAny: inner });
const writer = createJsonWriter({ emitDefaults: true, registry });
const sparse = createJsonWriter({ emitDefaults: false, registry });
const strict = createJsonReader({ refuseUnknown: true, registry, maxDepth: 64 });
const lenient = createJsonReader({ refuseUnknown: false, registry, maxDepth: 64 });

function parse(text: string, reader = strict, type: DescMessage = desc): Message {
  return readFrom(parseJson(new TextEncoder().encode(text)), undefined, reader.message(type));
}

function problemOf(text: string, reader = strict, type: DescMessage = desc) {
  try {
    parse(text, reader, type);
  } catch (reason) {
    if (reason instanceof RestError) {
      return { message: reason.message, ...reason.details[0] };
    }
    throw reason;
  }
  throw new Error(`expected ${text} to be refused`);
}

/** Takes the prefixes off the tests' enum, anywhere but in `google.protobuf.Any`. */
function withoutPrefixes(json: JsonValue): JsonValue {
  if (typeof json === 'string') {
    return json.replace(/^COLOR_/, '');
  }
  if (Array.isArray(json)) {
    return json.map(withoutPrefixes);
  }
  if (typeof json === 'object' && json !== null && !('@type' in json)) {
    return Object.fromEntries(
      Object.entries(json).map(([key, value]) => [key, value === undefined ? null : withoutPrefixes(value)]),
    );
  }
  return json;
}

test('what is written is the JSON of Protobuf, enum values without prefix', () => {
  fc.assert(
    fc.property(anything, (message) => {
      for (const [own, alwaysEmitImplicit] of [
        [writer, true],
        [sparse, false],
      ] as const) {
        const expected = toJson(desc, message, { alwaysEmitImplicit, registry });
        // Through text, in which @bufbuild/protobuf has no -0.
        expect(JSON.parse(own.message(desc)(message), (_, value) => (value === 0 ? 0 : value))).toEqual(
          JSON.parse(JSON.stringify(withoutPrefixes(expected))),
        );
      }
    }),
    { numRuns: 300 },
  );
});

test('what was written is read again', () => {
  fc.assert(
    fc.property(anything, (message) => {
      for (const own of [writer, sparse]) {
        const text = own.message(desc)(message);
        expect(parse(text), text).toEqual(message);
        expect(parse(text, lenient), text).toEqual(message);
      }
    }),
    { numRuns: 300 },
  );
});

test('what @bufbuild/protobuf writes is read alike, in both namings', () => {
  fc.assert(
    fc.property(anything, fc.boolean(), fc.boolean(), (message, useProtoFieldName, enumAsInteger) => {
      const json = toJson(desc, message, { registry, useProtoFieldName, enumAsInteger });

      const text = JSON.stringify(json);

      expect(parse(text)).toEqual(fromJson(desc, JSON.parse(text), { registry }));
    }),
    { numRuns: 200 },
  );
});

test('enum values lose their prefix at every depth', () => {
  const message = fromJson(
    desc,
    {
      scalars: { color: 'COLOR_RED' },
      optionals: { color: 'COLOR_DARK_BLUE' },
      lists: { colors: ['COLOR_RED', 'COLOR_UNSPECIFIED', 77] },
      inner: { next: { tint: 'COLOR_RED' } },
      inners: [{ color: 'COLOR_RED' }],
      byNumber: { 5: { inner: { color: 'COLOR_RED' } } },
      byFlag: { true: 'COLOR_DARK_BLUE' },
    },
    { registry },
  );

  expect(JSON.parse(sparse.message(desc)(message))).toEqual({
    scalars: { color: 'RED' },
    optionals: { color: 'DARK_BLUE' },
    lists: { colors: ['RED', 'UNSPECIFIED', 77] },
    inner: { next: { tint: 'RED' } },
    inners: [{ color: 'RED' }],
    byNumber: { 5: { inner: { color: 'RED' } } },
    byFlag: { true: 'DARK_BLUE' },
  });
});

test.each(['"RED"', '"COLOR_RED"', '1'])('an enum value is accepted as %s', (value) => {
  expect(parse(`{"scalars":{"color":${value}}}`)).toEqual(parse('{"scalars":{"color":"RED"}}'));
});

test.each([
  [
    '{"scalars":{"color":"red"}}',
    'scalars.color',
    'found "red"; expected one of UNSPECIFIED, RED, DARK_BLUE',
  ],
  ['{"scalars":{"color":9}}', 'scalars.color', 'found 9; expected one of'],
  ['{"scalars":{"color":1.5}}', 'scalars.color', 'found 1.5'],
  ['{"scalars":{"color":true}}', 'scalars.color', 'found true'],
  ['{"scalars":5}', 'scalars', 'found 5; expected an object'],
  ['{"scalars":[]}', 'scalars', 'found a list; expected an object'],
  ['{"scalars":{"stringValue":5}}', 'scalars.string_value', 'found 5; expected a string'],
  ['{"scalars":{"stringValue":"\\ud800"}}', 'scalars.string_value', 'without lone surrogates'],
  ['{"scalars":{"boolValue":"true"}}', 'scalars.bool_value', 'found "true"; expected true or false'],
  ['{"scalars":{"int32Value":2147483648}}', 'scalars.int32_value', 'from -2147483648 to 2147483647'],
  ['{"scalars":{"int32Value":1.5}}', 'scalars.int32_value', 'found 1.5'],
  ['{"scalars":{"int32Value":"0x10"}}', 'scalars.int32_value', 'found "0x10"'],
  ['{"scalars":{"int32Value":""}}', 'scalars.int32_value', 'found ""'],
  ['{"scalars":{"uint32Value":-1}}', 'scalars.uint32_value', 'from 0 to 4294967295'],
  ['{"scalars":{"int64Value":"9223372036854775808"}}', 'scalars.int64_value', 'from -9223372036854775808'],
  ['{"scalars":{"int64Value":9007199254740993}}', 'scalars.int64_value', 'as text beyond'],
  ['{"scalars":{"uint64Value":"-1"}}', 'scalars.uint64_value', 'from 0 to 18446744073709551615'],
  ['{"scalars":{"doubleValue":1e999}}', 'scalars.double_value', 'expected a number'],
  ['{"scalars":{"doubleValue":"nan"}}', 'scalars.double_value', 'expected a number'],
  ['{"scalars":{"floatValue":1e39}}', 'scalars.float_value', '32-bit range'],
  ['{"scalars":{"bytesValue":"a"}}', 'scalars.bytes_value', 'bytes in Base64'],
  ['{"scalars":{"bytesValue":"a b="}}', 'scalars.bytes_value', 'bytes in Base64'],
  ['{"wellKnown":{"time":"2025-02-30T00:00:00Z"}}', 'well_known.time', 'a time that exists'],
  ['{"wellKnown":{"time":"2025-01-01 00:00:00Z"}}', 'well_known.time', 'such as "2025-01-31T12:00:00Z"'],
  ['{"wellKnown":{"time":"0001-01-01T00:00:00+00:01"}}', 'well_known.time', 'from 0001-01-01'],
  ['{"wellKnown":{"time":5}}', 'well_known.time', 'found 5'],
  ['{"wellKnown":{"duration":"1sx"}}', 'well_known.duration', 'a duration such as "1.5s"'],
  ['{"wellKnown":{"duration":"315576000001s"}}', 'well_known.duration', 'a duration'],
  ['{"wellKnown":{"mask":"a,,b"}}', 'well_known.mask', 'paths of fields'],
  ['{"wellKnown":{"wrappedLong":"x"}}', 'well_known.wrapped_long', 'an integer'],
  ['{"lists":{"ints":[1,"x"]}}', 'lists.ints[1]', 'found "x"'],
  ['{"lists":{"ints":[null]}}', 'lists.ints[0]', 'found null; expected a value'],
  ['{"lists":{"ints":{}}}', 'lists.ints', 'found an object; expected a list'],
  ['{"inners":[{},{"next":{"color":"PINK"}}]}', 'inners[1].next.color', 'found "PINK"'],
  ['{"labels":{"a b":5}}', 'labels["a b"]', 'found 5'],
  ['{"labels":{"a":null}}', 'labels.a', 'found null'],
  ['{"byNumber":{"x":{}}}', 'by_number.x', 'found "x"; expected an integer'],
  ['{"byNumber":{"1":{},"01":{}}}', 'by_number["01"]', 'each key once'],
  ['{"byFlag":{"yes":1}}', 'by_flag.yes', 'true or false'],
  ['{"inner":{"word":"a","tint":1}}', 'inner.tint', 'one field of choice at most'],
  ['{"wellKnown":{"wrappedLong":1,"wrapped_long":2}}', 'well_known.wrapped_long', 'not both'],
  ['{"scalars":{"nope":"x"}}', 'scalars.nope', 'the contract does not know it'],
  ['{"__proto__":{}}', '__proto__', 'the contract does not know it'],
  ['{"renamed":"x","otherName":"y"}', 'renamed', 'not both'],
  ['{"any":{"@type":"type.googleapis.com/x.Y"}}', 'any', 'the JSON form of google.protobuf.Any'],
  ['{"nullValue":5}', 'null_value', 'found 5'],
  ['[]', '', 'the body: found a list; expected an object'],
  ['null', '', 'the body: found null; expected an object'],
])('%s is refused, with place and reason', (text, field, message) => {
  const problem = problemOf(text);

  expect(problem.field).toBe(field);
  expect(problem.message).toContain(message);
});

test('a lenient reader skips what it does not know, and nothing else', () => {
  const text = `{"nope":{"a":[1]},"scalars":{"color":"PINK","stringValue":"x"},
    "lists":{"colors":["RED","PINK"]},"byFlag":{"true":"PINK"},"inner":{"tint":"PINK"}}`;

  expect(parse(text, lenient)).toEqual(
    parse('{"scalars":{"stringValue":"x"},"lists":{"colors":["RED"]},"byFlag":{},"inner":{}}'),
  );
  expect(parse('{"scalars":{"color":77}}', lenient)).toMatchObject({ scalars: { color: 77 } });
  expect(problemOf('{"scalars":{"int32Value":"x"}}', lenient).field).toBe('scalars.int32_value');
});

test('null is the same as nothing, but for values of JSON itself', () => {
  expect(
    parse('{"scalars":null,"lists":{"ints":null},"inner":{"word":null,"tint":1},"labels":null}'),
  ).toEqual(parse('{"lists":{},"inner":{"tint":1}}'));
  expect(parse('{"value":null,"nullValue":null}')).toMatchObject({
    value: { kind: { case: 'nullValue' } },
  });
});

test('numbers are accepted in the forms that JSON has for them', () => {
  expect(
    parse(`{"scalars":{"int32Value":1e2,"uint32Value":"7","int64Value":-5,"uint64Value":"18446744073709551615",
      "doubleValue":"1.5","floatValue":"-Infinity","bytesValue":"-_8","stringLong":"12"}}`),
  ).toMatchObject({
    scalars: {
      int32Value: 100,
      uint32Value: 7,
      int64Value: -5n,
      uint64Value: 2n ** 64n - 1n,
      doubleValue: 1.5,
      floatValue: Number.NEGATIVE_INFINITY,
      bytesValue: new Uint8Array([251, 255]),
      stringLong: '12',
    },
  });
});

test('times with an offset are the same moment', () => {
  expect(parse('{"wellKnown":{"time":"2025-01-01T09:30:00.5+09:30"}}')).toEqual(
    parse('{"wellKnown":{"time":"2025-01-01T00:00:00.500Z"}}'),
  );
});

test('a secret is not repeated, wherever it is wrong', () => {
  expect(problemOf('{"inner":{"next":{"token":12345}}}')).toEqual({
    message: 'inner.next.token: found a number; expected a string',
    field: 'inner.next.token',
    reason: 'INVALID_VALUE',
  });
});

test.each([
  ['{"a":1,}', 'not valid JSON, at position 7'],
  ['{"token":"hunter2" "x"}', 'not valid JSON, at position 19'],
  ['hunter2', 'not valid JSON'],
  ['', 'not valid JSON'],
  ['{"scalars":{"color":1,"color":2}}', '"color" occurs twice'],
  ['{"labels":{"a":"1","\\u0061":"2"}}', '"a" occurs twice'],
])('%s is refused without being repeated', (text, message) => {
  const problem = problemOf(text);

  expect(problem.message).toContain(message);
  expect(JSON.stringify(problem)).not.toContain('hunter2');
});

test('invalid UTF-8 is refused', () => {
  expect(() => parseJson(new Uint8Array([0x22, 0xff, 0x22]))).toThrow('not valid UTF-8');
  expect(parseJson(new Uint8Array([0xef, 0xbb, 0xbf, 0x31]))).toBe(1);
});

test('names in different objects are no duplicates', () => {
  expect(() =>
    parse('{"inners":[{"name":"a,\\"name\\":"},{"name":"\\\\"}],"inner":{"name":"name"}}'),
  ).not.toThrow();
});

test('a name of the prototype is a name like any other', () => {
  const read = parse('{"labels":{"__proto__":"x","constructor":"y"},"byNumber":{}}');

  expect(Object.entries((read as unknown as { labels: object }).labels)).toEqual([
    ['__proto__', 'x'],
    ['constructor', 'y'],
  ]);
  expect(({} as Record<string, unknown>).x).toBeUndefined();
  expect(JSON.parse(sparse.message(desc)(read)).labels).toEqual(
    JSON.parse('{"__proto__":"x","constructor":"y"}'),
  );
});

test('depth is bounded', () => {
  const nested = (depth: number): string => `${'{"next":'.repeat(depth)}{}${'}'.repeat(depth)}`;

  expect(() => parse(nested(64), strict, inner)).not.toThrow();
  expect(problemOf(nested(65), strict, inner).reason).toBe('TOO_DEEP');
  expect(problemOf(`{"value":${'['.repeat(100)}${']'.repeat(100)}}`).field).toBe('value');
  expect(() => parse(`{"nope":${'['.repeat(100_000)}${']'.repeat(100_000)}}`, lenient)).not.toThrow();
});

test('an unset field of the contract does not appear, a default of an optional one does', () => {
  const optionals = messageOf('Optionals');

  expect(writer.message(optionals)(create(optionals))).toBe('{}');
  expect(sparse.message(optionals)(create(optionals, { int32Value: 0, stringValue: '' } as never))).toBe(
    '{"int32Value":0,"stringValue":""}',
  );
});
