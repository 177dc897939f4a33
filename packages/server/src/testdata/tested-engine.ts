import type { Http2Engine } from '../listener/http2-engine.ts';

/**
 * What serves HTTP/2 in the tests of this run; `undefined`: what does by default. `vitest.config.ts` runs those that
 * speak HTTP/2 once more on the other one.
 */
export const testedEngine = process.env.TACOS_HTTP2 as Http2Engine | undefined;
