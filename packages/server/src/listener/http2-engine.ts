/** What serves HTTP/2: `own` is `@traffic-tacos/http2`, `node` is `node:http2`. */
export type Http2Engine = 'own' | 'node';

const engines: readonly string[] = ['own', 'node'] satisfies Http2Engine[];

/** The engine of a server that chooses none. */
const DEFAULT: Http2Engine = 'own';

/** @throws TypeError for what is no engine */
export function chosenHttp2Engine(engine: Http2Engine | undefined): Http2Engine {
  if (engine !== undefined && !engines.includes(engine)) {
    throw new TypeError(`http2 is ${JSON.stringify(engine)}; expected one of ${engines.join(', ')}`);
  }
  return engine ?? DEFAULT;
}
