import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseTemplate } from '../template/parse-template.ts';
import { createRouter, type Routable } from './router.ts';

function route(text: string): Routable {
  const [httpMethod = '', path = ''] = text.split(' ');
  return { httpMethod, template: parseTemplate(path), name: text };
}

function router(...routes: string[]) {
  const { match } = createRouter(routes.map(route));
  return (httpMethod: string, path: string) => {
    const found = match(httpMethod, path);
    return found?.kind === 'route' ? found.route.name : found;
  };
}

test('a literal wins over *, * over **', () => {
  const routes = ['GET /a/**', 'GET /a/*', 'GET /a/b', 'GET /**'];
  for (const order of [routes, routes.toReversed()]) {
    const find = router(...order);

    expect(find('GET', '/a/b')).toBe('GET /a/b');
    expect(find('GET', '/a/x')).toBe('GET /a/*');
    expect(find('GET', '/a/x/y')).toBe('GET /a/**');
    expect(find('GET', '/a')).toBe('GET /a/**');
    expect(find('GET', '/')).toBe('GET /**');
    expect(find('GET', '/x/y')).toBe('GET /**');
  }
});

test('a literal that leads nowhere is left again', () => {
  const find = router('GET /a/b/c', 'GET /*/b/d', 'GET /a/*/e', 'GET /**');

  expect(find('GET', '/a/b/c')).toBe('GET /a/b/c');
  expect(find('GET', '/a/b/d')).toBe('GET /*/b/d');
  expect(find('GET', '/a/b/e')).toBe('GET /a/*/e');
  expect(find('GET', '/a/b/f')).toBe('GET /**');
});

test('** takes no segment at all, and empty ones', () => {
  const find = router('GET /v1/files/**', 'GET /v1/{id}');

  expect(find('GET', '/v1/files')).toBe('GET /v1/files/**');
  expect(find('GET', '/v1/files/')).toBe('GET /v1/files/**');
  expect(find('GET', '/v1/files//x')).toBe('GET /v1/files/**');
});

test('* takes no empty segment', () => {
  const find = router('GET /v1/{id}', 'GET /v1/{id}/x');

  expect(find('GET', '/v1/')).toBeUndefined();
  expect(find('GET', '/v1//x')).toBeUndefined();
  expect(find('GET', '/v1/a/')).toBeUndefined();
});

test('a verb is the end of the last segment, and only where the contract has it', () => {
  const find = router('POST /v1/{id}', 'POST /v1/{id}:go', 'GET /v1/{name=**}:stop', 'GET /v1/x/{id}');

  expect(find('POST', '/v1/a:go')).toBe('POST /v1/{id}:go');
  expect(find('POST', '/v1/a:b:go')).toBe('POST /v1/{id}:go');
  expect(find('POST', '/v1/a:wait')).toBe('POST /v1/{id}');
  expect(find('POST', '/v1/a%3Ago')).toBe('POST /v1/{id}');
  expect(find('POST', '/v1/:go')).toBe('POST /v1/{id}');
  expect(find('GET', '/v1/x/y:stop')).toBe('GET /v1/{name=**}:stop');
  expect(find('GET', '/v1/x/y:go')).toBe('GET /v1/x/{id}');
  expect(find('GET', '/v1:stop')).toBe('GET /v1/{name=**}:stop');
});

test('literals are compared decoded', () => {
  const find = router('GET /v1/caf%C3%A9', 'GET /v1/a%2Fb');

  expect(find('GET', '/v1/caf%c3%a9')).toBe('GET /v1/caf%C3%A9');
  expect(find('GET', '/%76%31/caf%C3%A9')).toBe('GET /v1/caf%C3%A9');
  expect(find('GET', '/v1/a%2fb')).toBe('GET /v1/a%2Fb');
  expect(find('GET', '/v1/a/b')).toBeUndefined();
  expect(find('GET', '/v1/%zz')).toBeUndefined();
});

test('a path goes to the first route that serves the HTTP method', () => {
  const find = router('GET /v1/{id}', 'POST /v1/confirm', 'DELETE /v1/**');

  expect(find('GET', '/v1/confirm')).toBe('GET /v1/{id}');
  expect(find('DELETE', '/v1/confirm')).toBe('DELETE /v1/**');
  expect(find('POST', '/v1/confirm')).toBe('POST /v1/confirm');
});

test('other methods of a path are told, those of every template that fits', () => {
  const find = router('GET /v1/{id}', 'POST /v1/confirm', 'PATCH /v1/{id}:go');

  expect(find('PUT', '/v1/confirm')).toEqual({
    kind: 'method-not-allowed',
    allow: 'GET, HEAD, OPTIONS, POST',
  });
  expect(find('PUT', '/v1/x:go')).toEqual({
    kind: 'method-not-allowed',
    allow: 'GET, HEAD, OPTIONS, PATCH',
  });
  expect(find('OPTIONS', '/v1/x')).toEqual({ kind: 'options', allow: 'GET, HEAD, OPTIONS' });
  expect(find('PUT', '/v2')).toBeUndefined();
  expect(find('OPTIONS', '/v2')).toBeUndefined();
});

test('HEAD follows GET unless it has a route of its own', () => {
  expect(router('GET /v1/{id}')('HEAD', '/v1/a')).toBe('GET /v1/{id}');
  expect(router('GET /v1/{id}', 'HEAD /v1/{id}')('HEAD', '/v1/a')).toBe('HEAD /v1/{id}');
  expect(router('POST /v1/{id}')('HEAD', '/v1/a')).toEqual({
    kind: 'method-not-allowed',
    allow: 'OPTIONS, POST',
  });
});

test('a route for every method gives way to one for a method', () => {
  const find = router('* /v1/{id}', 'GET /v1/{id}', 'GET /v1/**');

  expect(find('GET', '/v1/a')).toBe('GET /v1/{id}');
  expect(find('PURGE', '/v1/a')).toBe('* /v1/{id}');
  expect(find('OPTIONS', '/v1/a')).toEqual({
    kind: 'options',
    allow: 'DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT',
  });
});

test.each([
  ['GET /v1/{a}', 'GET /v1/{b}'],
  ['GET /v1/{a=x/*}', 'GET /v1/x/{b}'],
  ['GET /v1/{a=**}', 'GET /v1/**'],
  ['GET /v1/a%62', 'GET /v1/ab'],
  ['POST /v1/{a}:go', 'POST /v1/*:go'],
  ['* /v1', '* /v1'],
])('%s and %s are refused, both named', (one, other) => {
  expect(() => router(one, other)).toThrow(one);
  expect(() => router(one, other)).toThrow(other);
});

test.each([
  ['GET /v1/{a}', 'POST /v1/{a}'],
  ['GET /v1/{a}', 'GET /v1/{a}:go'],
  ['GET /v1/{a}', 'GET /v1/{a=**}'],
  ['GET /v1/{a}', 'GET /v1/a'],
  ['* /v1/{a}', 'GET /v1/{a}'],
])('%s and %s can be told apart', (one, other) => {
  expect(() => router(one, other)).not.toThrow();
});

test('what is no path has no route', () => {
  const find = router('GET /**');

  for (const path of ['', '*', 'x', 'http://x/y']) {
    expect(find('GET', path)).toBeUndefined();
  }
});

const segment = fc.constantFrom('a', 'b', '*');
const templateText = fc
  .tuple(fc.array(segment, { minLength: 1, maxLength: 3 }), fc.boolean(), fc.constantFrom('', ':go'))
  .map(([segments, open, verb]) => `/${[...segments, ...(open ? ['**'] : [])].join('/')}${verb}`);

test('a request finds a route exactly when one of the templates fits, whatever their order', () => {
  const paths = fc.array(fc.constantFrom('a', 'b', 'c', 'a:go'), { minLength: 1, maxLength: 4 });
  fc.assert(
    fc.property(
      fc.uniqueArray(templateText, { minLength: 1, maxLength: 8 }),
      paths,
      (templates, segments) => {
        const path = `/${segments.join('/')}`;
        const routes = templates.map((template) => `GET ${template}`);
        const found = router(...routes)('GET', path);

        const fitting = routes.filter((text) => pattern(text.slice(4)).test(path));
        expect(found === undefined).toBe(fitting.length === 0);
        if (found !== undefined) {
          expect(fitting).toContain(found);
        }
        expect(router(...routes.toReversed())('GET', path)).toEqual(found);
      },
    ),
  );
});

/** The same meaning by other means. */
function pattern(template: string): RegExp {
  const verb = template.endsWith(':go') ? ':go' : '';
  const source = template
    .slice(0, template.length - verb.length)
    .replace(/\/\*\*/g, '(?:/.*)?')
    .replace(/\/\*(?!\))/g, '/[^/]+');
  return new RegExp(`^${source}${verb}$`);
}
