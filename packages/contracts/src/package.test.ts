import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ownFiles, registry } from './testdata/contract.ts';

const run = promisify(execFile);
const cwd = fileURLToPath(new URL('..', import.meta.url));

interface Target {
  readonly types: string;
  readonly default: string;
}

interface Subpath {
  readonly import: Target;
  readonly require: Target;
}

interface Manifest {
  readonly name: string;
  readonly sideEffects: boolean;
  readonly exports: Readonly<Record<string, string | Subpath>>;
}

const manifest: Manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
const modules = Object.entries(manifest.exports).filter(
  (entry): entry is [string, Subpath] => typeof entry[1] !== 'string',
);

/** What `dist/` holds is there once it was built; what is generated is there before anything is tested. */
function isThere(file: string): boolean {
  return !file.startsWith('./dist/') || existsSync(new URL(`../${file}`, import.meta.url));
}

async function packedFiles(): Promise<string[]> {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd });
  const [{ files }]: [{ files: { path: string }[] }] = JSON.parse(stdout);
  return files.map(({ path }) => path);
}

test('there is one subpath for each Protobuf package', () => {
  const packages = new Set(
    ownFiles.map(({ proto }) => proto.package).filter((name) => name !== 'tacos.policy.v1'),
  );
  const expected = [...packages].map((name) => `./${name.replaceAll('.', '/')}`);

  expect(modules.map(([subpath]) => subpath).sort()).toEqual([...expected, './descriptor'].sort());
  expect(manifest.sideEffects).toBe(false);
});

test('import and require give the same', async () => {
  const there = modules.filter(
    ([, { import: esm, require: cjs }]) => isThere(esm.default) && isThere(cjs.default),
  );
  // In a process without the conditions that tests run with, so that it is what users get.
  const script = `
    import { createRequire } from 'node:module';
    const require = createRequire(process.cwd() + '/');
    const names = (module) => Object.keys(module).sort();
    for (const name of ${JSON.stringify(there.map(([subpath]) => manifest.name + subpath.slice(1)))}) {
      console.log(JSON.stringify([name, names(await import(name)), names(require(name))]));
    }`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script], { cwd });
  const answers = stdout
    .trim()
    .split('\n')
    .map((line): [string, string[], string[]] => JSON.parse(line));

  expect(answers).toHaveLength(there.length);
  for (const [name, imported, required] of answers) {
    expect([name, required]).toEqual([name, imported]);
    expect(imported.length).toBeGreaterThan(0);
  }
});

test('the npm package has what it promises, and nothing that is only for its tests', async () => {
  const packed = await packedFiles();
  const targets = Object.values(manifest.exports)
    .flatMap((target) =>
      typeof target === 'string'
        ? [target]
        : [target.import, target.require].flatMap(({ types, default: code }) => [types, code]),
    )
    .filter(isThere)
    .map((target) => target.replace('./', ''));
  const protos = [...registry.files]
    .map(({ proto }) => proto.name)
    // Every Protobuf compiler brings these itself.
    .filter((name) => !name.startsWith('google/protobuf/'))
    .map((name) => `proto/${name}`);

  expect(packed).toEqual(
    expect.arrayContaining([
      ...targets,
      ...protos,
      'proto/google/LICENSE',
      'gen/cjs/package.json',
      'package.json',
    ]),
  );
  expect(packed.filter((path) => /\.test\.|testdata|tsconfig|tsup\.config/.test(path))).toEqual([]);
});

test('the protos in the package are those that the code is generated from', () => {
  const differing = ownFiles
    .map(({ proto }) => proto.name)
    .filter((name) => {
      const shipped = readFileSync(new URL(`../proto/${name}`, import.meta.url), 'utf8');
      return shipped !== readFileSync(new URL(`../../../proto/${name}`, import.meta.url), 'utf8');
    });

  expect(differing).toEqual([]);
});
