import { existsSync, readFileSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { settingInfos } from '../reference-server/src/config/index.ts';
import { copyOf, stagesOf, variablesOf, wordsOf } from './dockerfile.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const text = readFileSync(join(root, 'reference-server/Dockerfile'), 'utf8');
const stages = stagesOf(text);
const last = stages.at(-1);
const instructions = stages.flatMap(({ name: stage, instructions }) =>
  instructions.map((instruction) => ({ stage, ...instruction })),
);
const only = (name: string): string => {
  const found = last?.instructions.filter((instruction) => instruction.name === name) ?? [];
  expect(found.length, name).toBe(1);
  return found[0]?.text ?? '';
};

test('everything that is copied is there, or made by an earlier stage', () => {
  const copies = instructions.filter(({ name }) => name === 'COPY');
  expect(copies.length).toBeGreaterThan(10);
  const names = stages.map(({ name }) => name);
  for (const { stage, text } of copies) {
    const copy = copyOf(text);
    expect(copy.sources.length, text).toBeGreaterThan(0);
    if (copy.stage !== undefined) {
      expect(names.indexOf(copy.stage), text).toBeGreaterThanOrEqual(0);
      expect(names.indexOf(copy.stage), text).toBeLessThan(names.indexOf(stage));
      continue;
    }
    for (const source of copy.sources) {
      expect(existsSync(join(root, source)), source).toBe(true);
    }
  }
});

test('every package that the lock file has is there when its stage installs', () => {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const copied = instructions
    .filter(({ stage, name }) => stage === 'packages' && name === 'COPY')
    .map(({ text }) => copyOf(text))
    .flatMap(({ sources, target }) => sources.map((source) => [source, normalize(target)]));
  for (const workspace of workspaces) {
    expect(copied).toContainEqual([`${workspace}/package.json`, `${workspace}/`]);
  }
});

test('what the run-time packages export is in the image', () => {
  const copied = last?.instructions
    .filter(({ name }) => name === 'COPY')
    .map(({ text }) => normalize(copyOf(text).target));
  for (const folder of [
    'packages/policy',
    'packages/http2',
    'packages/contracts',
    'packages/server',
    'reference-server',
  ]) {
    const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
    const exported = [...JSON.stringify(exports).matchAll(/"\.\/(dist|gen)\//g)].map(([, part]) => part);
    for (const part of new Set(exported)) {
      expect(copied).toContain(`${folder}/${part}/`);
    }
  }
});

test('SECURITY 33: the image holds no secrets, runs as nobody special, and is strict unless told otherwise', () => {
  expect(only('USER')).toBe('node');
  const variables = variablesOf(only('ENV'));
  expect(variables).toMatchObject({ TACOS_PROFILE: 'strict', TACOS_DEMO: 'false', TACOS_DATA: '/data' });
  const secrets = settingInfos()
    .filter(({ isSecret }) => isSecret)
    .flatMap(({ env }) => env);
  expect(secrets.length).toBeGreaterThan(1);
  const known = settingInfos().flatMap(({ env }) => env);
  for (const name of Object.keys(variables).filter((name) => name !== 'NODE_ENV')) {
    expect(known, name).toContain(name);
    expect(secrets, name).not.toContain(name);
  }
  expect(instructions.filter(({ name }) => name === 'ARG')).toEqual([]);
  const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
  expect(ignored).toEqual(
    expect.arrayContaining(['.git', '**/.data', '**/*.pem', '**/*.key', '**/.env*', 'backups']),
  );
});

test('it keeps its data in a volume, and is asked whether it is ready', () => {
  expect(only('VOLUME')).toBe('/data');
  expect(only('EXPOSE')).toBe(variablesOf(only('ENV')).TACOS_PORT);
  expect(wordsOf(only('HEALTHCHECK'))[2]).toContain('/readyz');
  expect(wordsOf(only('ENTRYPOINT'))).toEqual([
    'node',
    '--max-semi-space-size=64',
    '--max-inlined-bytecode-size=920',
    '--max-inlined-bytecode-size-cumulative=2500',
    'reference-server/dist/bin.js',
  ]);
  expect(wordsOf(only('CMD'))).toEqual(['serve']);
  const images = stages.map(({ from }) => from);
  expect(images.every((image) => /^node:24-bookworm(-slim)?$/.test(image))).toBe(true);
});
