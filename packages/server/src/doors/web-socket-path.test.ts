import { expect, test } from 'vitest';
import { serveMail } from '../websocket/testdata/serve-mail.ts';

test.each([
  ['/v1/boxes/b/letters:watch', 'mail.v1.MailService/WatchLetters'],
  ['/mail.v1.MailService/WatchLetters', 'mail.v1.MailService/WatchLetters'],
  ['/healthz', 'the page /healthz'],
  ['/docs/live', 'the page /docs/'],
])('connections are not opened where something else is served: %s', async (path, other) => {
  await expect(serveMail({ webSocket: { path } })).rejects.toThrow(
    `webSocket.path is ${path}, where ${other} is served; expected a path of its own, or webSocket: false`,
  );
});

test.each(['/v1/boxes', '/v1/boxes/b/live', '/docsocket'])('beside them they are: %s', async (path) => {
  const { url } = await serveMail({ webSocket: { path } });

  expect((await fetch(url + path)).status).toBe(426);
});
