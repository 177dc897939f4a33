import { expect, test } from 'vitest';
import { parseTemplate, TemplateError } from './parse-template.ts';

const one = { kind: 'one' };
const rest = { kind: 'rest' };
const literal = (text: string) => ({ kind: 'literal', text });

test.each([
  ['/', [], [], ''],
  ['/v1', [literal('v1')], [], ''],
  ['/v1/*', [literal('v1'), one], [], ''],
  ['/v1/**', [literal('v1'), rest], [], ''],
  ['/v1/{id}', [literal('v1'), one], [{ fieldPath: ['id'], start: 1, end: 2 }], ''],
  ['/v1/{id=*}', [literal('v1'), one], [{ fieldPath: ['id'], start: 1, end: 2 }], ''],
  ['/{a.b_c.d9}', [one], [{ fieldPath: ['a', 'b_c', 'd9'], start: 0, end: 1 }], ''],
  [
    '/v1/{name=shelves/*/books/*}',
    [literal('v1'), literal('shelves'), one, literal('books'), one],
    [{ fieldPath: ['name'], start: 1, end: 5 }],
    '',
  ],
  ['/v1/{name=**}', [literal('v1'), rest], [{ fieldPath: ['name'], start: 1, end: undefined }], ''],
  [
    '/v1/{parent=files/**}:copy',
    [literal('v1'), literal('files'), rest],
    [{ fieldPath: ['parent'], start: 1, end: undefined }],
    'copy',
  ],
  [
    '/{a}/x/{b}:go',
    [one, literal('x'), one],
    [
      { fieldPath: ['a'], start: 0, end: 1 },
      { fieldPath: ['b'], start: 2, end: 3 },
    ],
    'go',
  ],
  ['/v1/a%2Fb%3A', [literal('v1'), literal('a/b:')], [], ''],
  ["/v1.2/~x_y-z/(a)!$&',;@+", [literal('v1.2'), literal('~x_y-z'), literal("(a)!$&',;@+")], [], ''],
])('%s', (text, segments, variables, verb) => {
  expect(parseTemplate(text)).toEqual({ text, segments, variables, verb });
});

test.each([
  ['', 'expected "/"'],
  ['v1', 'expected "/"'],
  ['//', 'expected a segment'],
  ['/v1/', 'at character 5, the end: expected a segment'],
  ['/v1//x', 'expected a segment'],
  ['/v1/{}', 'expected the name of a field'],
  ['/v1/{1a}', 'expected the name of a field'],
  ['/v1/{a.}', 'expected the name of a field'],
  ['/v1/{a', 'expected "}"'],
  ['/v1/{a=}', 'expected a segment'],
  ['/v1/{a={b}}', 'must not contain another one'],
  ['/v1/{a}/{a}', 'a occurs twice'],
  ['/v1/**/x', '"**" is followed'],
  ['/v1/{a=**}/x', '"**" is followed'],
  ['/v1/**/**', '"**" is followed'],
  ['/v1/a*', 'expected "/", ":" or the end'],
  ['/v1/***', 'expected "/", ":" or the end'],
  ['/v1/x{a}', 'expected "/", ":" or the end'],
  ['/v1:', 'expected a verb'],
  ['/v1:a:b', 'expected "/", ":" or the end'],
  ['/v1:go/x', 'write a colon elsewhere as %3A'],
  ['/v1/{a=b:c}', 'expected "}"'],
  ['/v1?x=1', 'expected "/", ":" or the end'],
  ['/v1/a b', 'expected "/", ":" or the end'],
  ['/v1/%zz', 'not percent-encoded'],
  ['/v1/%ff', 'not percent-encoded'],
])('"%s" is refused', (text, problem) => {
  expect(() => parseTemplate(text)).toThrow(TemplateError);
  expect(() => parseTemplate(text)).toThrow(problem);
});
