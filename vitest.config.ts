import { defineConfig } from 'vitest/config';

// Workspace packages are tested from their sources, so that no build can be out of date.
const conditions = ['@traffic-tacos/source', 'node', 'import', 'default'];

/** Tests in which HTTP/2 is spoken. */
const overHttp2 = [
  'packages/server/src/*.test.ts',
  'packages/server/src/{dispatch,doors,health,hostile,listener,reflection,security-headers,shedding}/*.test.ts',
  'packages/server/src/{auth,rate-limit}/served.test.ts',
  'packages/server/src/auth/mtls.test.ts',
  'packages/server/src/browser/http2.test.ts',
  'reference-server/src/e2e/{doors,protection,protocols,stopping,streams,updates}.test.ts',
];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // The tests of a file may need more than one core, and machines of CI have two.
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    // The usual second is short for a machine that does other things as well.
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'all',
          include: [
            'packages/*/src/**/*.test.ts',
            'reference-server/src/**/*.test.ts',
            'scripts/**/*.test.ts',
            'conformance/*.test.ts',
            'examples/*/src/**/*.test.ts',
            'bench/**/*.test.ts',
          ],
        },
      },
      // Once more, on the engine that is not the default.
      {
        extends: true,
        test: { name: 'node:http2', include: overHttp2, env: { TACOS_HTTP2: 'node' } },
      },
    ],
  },
});
