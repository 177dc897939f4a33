import { copyFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { library } from '../../tsup.base.ts';

const { resolve } = createRequire(import.meta.url);

export default library(
  { index: 'src/index.ts', rest: 'src/rest/index.ts' },
  {
    cjs: false,
    // The script of the page that shows an API is one file, and so is all of it that is installed with this package.
    onSuccess: async () => {
      const script = resolve('openapi-explorer/dist/browser/openapi-explorer.min.js');
      await copyFile(script, 'dist/openapi-explorer.min.js');
      await copyFile(resolve('openapi-explorer/LICENSE'), 'dist/openapi-explorer.LICENSE');
    },
  },
);
