import { build } from 'esbuild';

/**
 * Makes one script for a page of a module and all that it imports. The module's exports are members of the global
 * object `page`.
 *
 * @param entry - the module, which runs from the sources of the workspace's packages
 */
export async function bundlePage(entry: URL): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [entry.pathname],
    bundle: true,
    write: false,
    format: 'iife',
    globalName: 'page',
    target: 'es2022',
    platform: 'browser',
    conditions: ['@traffic-tacos/source'],
    logLevel: 'silent',
  });
  const [script] = outputFiles;
  if (script === undefined) {
    throw new Error(`${entry.pathname} made no script`);
  }
  return script.text;
}
