import { expect, test } from 'vitest';
import { createServer } from '../create-server.ts';
import { recordingLogger, serve } from '../testdata/serve.ts';
import { dialHttp2 } from './testdata/dial.ts';

/** What a client may send of one body before it is granted more: what tells the engines apart from outside. */
async function windowOf(http2: 'own' | 'node' | undefined): Promise<number | undefined> {
  const session = dialHttp2(await serve({ http2 }));
  await new Promise((resolve) => session.once('remoteSettings', resolve));
  return session.remoteSettings.initialWindowSize;
}

test('HTTP/2 is served by the engine that is asked for, and by our own where none is', async () => {
  expect(await windowOf('own')).toBe(256 * 1024);
  expect(await windowOf('node')).toBe(65_535);
  expect(await windowOf(undefined)).toBe(256 * 1024);
});

test('a server with another engine is not made', () => {
  const options = { services: [], logger: recordingLogger().logger, http2: 'h2' as never };

  expect(() => createServer(options)).toThrow(new TypeError('http2 is "h2"; expected one of own, node'));
});
