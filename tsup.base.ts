import { defineConfig, type Options } from 'tsup';

/** How a package of this repository is built: its entries, as ESM and where consumers may need it as CJS. */
export function library(
  entry: Record<string, string>,
  options: { readonly cjs: boolean } & Options,
): ReturnType<typeof defineConfig> {
  const { cjs, ...rest } = options;
  return defineConfig({
    entry,
    format: cjs ? ['esm', 'cjs'] : ['esm'],
    target: 'node22',
    dts: true,
    sourcemap: true,
    clean: true,
    // node:sqlite exists under no other name.
    removeNodeProtocol: false,
    // Generated code of the policy options must stay one module for everybody.
    external: [/^@traffic-tacos\//],
    // The declaration build of tsup works with the sources' own configuration.
    tsconfig: '../../tsconfig.build.json',
    ...rest,
  });
}
