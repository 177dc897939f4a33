import { globSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** What each package may import of the others. Arrows point one way. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  'packages/policy': ['@traffic-tacos/policy'],
  'packages/contracts': ['@traffic-tacos/policy', '@traffic-tacos/contracts'],
  'packages/http2': [],
  'packages/server': ['@traffic-tacos/policy', '@traffic-tacos/http2'],
  'packages/client-runtime': ['@traffic-tacos/policy'],
  'packages/client': ['@traffic-tacos/contracts', '@traffic-tacos/client-runtime', '@traffic-tacos/policy'],
  'reference-server': ['@traffic-tacos/contracts', '@traffic-tacos/server', '@traffic-tacos/policy'],
  'examples/node': ['@traffic-tacos/client'],
};

/** What each folder of the reference server may import of the others, beside itself. */
const layers: Readonly<Record<string, readonly string[]>> = {
  domain: [],
  store: [],
  time: [],
  deliveries: ['store', 'time'],
  events: ['deliveries', 'store'],
  timers: ['deliveries', 'store'],
  feed: ['store'],
  queue: ['domain', 'store', 'time'],
  live: ['config', 'store'],
  services: ['deliveries', 'domain', 'events', 'feed', 'live', 'queue', 'store', 'time', 'timers'],
};

/** Built-ins that a pure module may use: they compute, and do nothing else. */
const pure = new Set(['node:crypto', 'node:assert']);

interface Import {
  readonly file: string;
  readonly to: string;
}

function importsIn(folder: string): Import[] {
  const files = globSync('**/*.ts', { cwd: join(root, folder, 'src') }).filter(
    (file) =>
      !file.endsWith('.test.ts') &&
      !/(^|\/)(testdata|testing|e2e)\//.test(file) &&
      !file.includes('conformance'),
  );
  return files.flatMap((file) => {
    const text = readFileSync(join(root, folder, 'src', file), 'utf8');
    return [...text.matchAll(/^(?:import|export)\b[^;'"]*?from\s+'([^']+)'/gm)].map((match) => ({
      file,
      to: match[1] as string,
    }));
  });
}

describe.each(Object.keys(allowed))('%s', (folder) => {
  const imports = importsIn(folder);

  test('has sources that import something', () => {
    expect(imports.length).toBeGreaterThan(0);
  });

  test('imports only packages below it', () => {
    const wrong = imports.filter(
      ({ to }) =>
        to.startsWith('@traffic-tacos/') &&
        !allowed[folder]?.some((name) => to === name || to.startsWith(`${name}/`)),
    );
    expect(wrong).toEqual([]);
  });

  test('declares what it imports', () => {
    const manifest = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const declared = Object.keys({
      ...manifest.dependencies,
      ...manifest.peerDependencies,
      [manifest.name]: '',
    });
    const wrong = imports.filter(
      ({ to }) =>
        !/^(\.|node:)/.test(to) && !declared.some((name) => to === name || to.startsWith(`${name}/`)),
    );
    expect(wrong).toEqual([]);
  });
});

describe('reference-server', () => {
  const imports = importsIn('reference-server').map(({ file, to }) => ({
    file,
    to,
    from: file.split('/')[0] as string,
    into: to.startsWith('.')
      ? (relative('.', normalize(join(dirname(file), to))).split('/')[0] as string)
      : undefined,
  }));

  test.each(Object.keys(layers))('%s imports only layers below it', (layer) => {
    const own = imports.filter(({ from }) => from === layer);
    expect(own.length).toBeGreaterThan(0);
    expect(
      own.filter(({ into }) => into !== undefined && into !== layer && !layers[layer]?.includes(into)),
    ).toEqual([]);
  });

  test('domain is pure: no packages, and no built-ins that do anything', () => {
    const wrong = imports.filter(
      ({ from, into, to }) => from === 'domain' && into === undefined && !pure.has(to),
    );
    expect(wrong).toEqual([]);
  });
});
