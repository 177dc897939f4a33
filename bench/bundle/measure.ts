import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';

const root = fileURLToPath(new URL('../..', import.meta.url));
const bareContracts = join(root, 'bench/out/bundle');

/** What a page loads before its first call. */
export interface Bundle {
  readonly minified: number;
  /** Minified, then compressed by gzip at its best. */
  readonly gzipped: number;
  /** Minified bytes by module, the largest first. */
  readonly modules: readonly (readonly [module: string, bytes: number])[];
}

/** Generated code without options, in place of that of the package. */
const withoutOptions: Plugin = {
  name: 'contracts without options',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^@traffic-tacos\/contracts\// }, ({ path }) => ({
      path: join(bareContracts, path.replace('@traffic-tacos/contracts/', '')),
      namespace: 'bare-contracts',
      sideEffects: false,
    }));
    onLoad({ filter: /./, namespace: 'bare-contracts' }, ({ path }) => ({
      contents: readdirSync(path)
        .filter((name) => name.endsWith('_pb.js'))
        .map((name) => `export * from './${name}';`)
        .join('\n'),
      resolveDir: path,
    }));
  },
};

/** What is only loaded when it is asked for stays outside. */
const withoutLazy: Plugin = {
  name: 'without what is loaded later',
  setup: ({ onResolve }) => {
    onResolve({ filter: /./ }, ({ kind, path }) =>
      kind === 'dynamic-import' ? { path, external: true } : undefined,
    );
  },
};

/**
 * Bundles an entry for browsers, from the sources. What it only loads when it is asked for does not count.
 *
 * @param entry - name of a file of `entries/`, without extension
 */
export async function measure(entry: string, { options }: { readonly options: boolean }): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: [`bench/bundle/entries/${entry}.ts`],
    bundle: true,
    write: false,
    metafile: true,
    minify: true,
    format: 'esm',
    target: 'es2022',
    platform: 'browser',
    legalComments: 'none',
    conditions: ['@traffic-tacos/source'],
    plugins: options ? [withoutLazy] : [withoutLazy, withoutOptions],
    outdir: 'bench/out/bundled',
    logLevel: 'silent',
  });
  const [file] = outputFiles;
  const [output] = Object.values(metafile.outputs);
  if (file === undefined || output === undefined || outputFiles.length !== 1) {
    throw new Error(`${entry}: esbuild wrote ${outputFiles.length} files; expected one`);
  }
  return {
    minified: file.contents.length,
    gzipped: gzipSync(file.contents, { level: 9 }).length,
    modules: Object.entries(output.inputs)
      .map(([module, { bytesInOutput }]) => [module, bytesInOutput] as const)
      .sort(([, a], [, b]) => b - a),
  };
}
