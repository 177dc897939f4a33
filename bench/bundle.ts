/**
 * Bytes that a page loads for the client, beside connect-web with the same services generated without options.
 *
 *   scripts/with-node.sh node --conditions=@traffic-tacos/source bench/bundle.ts [--modules]
 *
 * Minified by esbuild and compressed by gzip, without what is only loaded when it is asked for. With `--modules` the
 * modules that the client adds are listed.
 */
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Bundle, measure } from './bundle/measure.ts';
import { record } from './lib/results.ts';

const PEER = 'connect-web without options';
const { values: flags } = parseArgs({
  // All of it is quick.
  options: { modules: { type: 'boolean', default: false }, quick: { type: 'boolean' } },
});

execFileSync('node_modules/.bin/buf', ['generate', '--template', 'bench/bundle/buf.gen.yaml'], {
  cwd: fileURLToPath(new URL('..', import.meta.url)),
  stdio: 'inherit',
});
const bare = await measure('connect-web', { options: false });
const ours: Readonly<Record<string, Bundle>> = {
  'connect-web with options': await measure('connect-web', { options: true }),
  '@traffic-tacos/client-runtime': await measure('client-runtime', { options: true }),
  '@traffic-tacos/client': await measure('client', { options: true }),
};

const kilobytes = (bytes: number): number => Math.round(bytes / 10) / 100;
console.table(
  Object.fromEntries(
    Object.entries({ [PEER]: bare, ...ours }).map(([name, { minified, gzipped }]) => [
      name,
      {
        'min kB': kilobytes(minified),
        'min+gzip kB': kilobytes(gzipped),
        '+ kB': kilobytes(gzipped - bare.gzipped),
      },
    ]),
  ),
);
record([
  { measure: `bundle/${PEER}`, value: kilobytes(bare.gzipped), unit: 'kB' },
  ...Object.entries(ours).map(([name, { gzipped }]) => ({
    measure: `bundle/${name}`,
    value: kilobytes(gzipped),
    unit: 'kB',
    peer: PEER,
    ratio: Math.round((gzipped / bare.gzipped) * 100) / 100,
  })),
]);

if (flags.modules) {
  const before = new Map(bare.modules);
  const added = (ours['@traffic-tacos/client']?.modules ?? [])
    .map(([module, bytes]) => ({ module, 'min bytes': bytes - (before.get(module) ?? 0) }))
    .filter((row) => row['min bytes'] > 0)
    .sort((a, b) => b['min bytes'] - a['min bytes']);
  console.table(added.slice(0, 60));
}
