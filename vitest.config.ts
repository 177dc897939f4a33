import { defineConfig } from 'vitest/config';

// Workspace packages are tested from their sources, so that no build can be out of date.
const conditions = ['@traffic-tacos/source', 'node', 'import', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: [
      'packages/*/src/**/*.test.ts',
      'reference-server/src/**/*.test.ts',
      'scripts/**/*.test.ts',
      'conformance/*.test.ts',
      'examples/*/src/**/*.test.ts',
      'bench/**/*.test.ts',
    ],
    // The tests of a file may need more than one core, and machines of CI have two.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});
