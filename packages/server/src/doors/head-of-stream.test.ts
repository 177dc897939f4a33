import { expect, test } from 'vitest';
import { recordingLogger } from '../testdata/serve.ts';
import { serveMail } from '../websocket/testdata/serve-mail.ts';

test('HEAD of a stream is answered with its head, and is logged and counted as what went well', async () => {
  const { logger, lines } = recordingLogger();
  const { url } = await serveMail({ logger });
  const answer = await fetch(`${url}/v1/boxes/short/letters:watch`, { method: 'HEAD' });
  expect([answer.status, await answer.text()]).toEqual([200, '']);

  await expect.poll(() => lines.filter(({ method }) => method !== undefined)).toHaveLength(1);
  expect(lines.find(({ method }) => method !== undefined)).toMatchObject({ code: 'OK' });
  const metrics = await (await fetch(`${url}/metrics`)).text();
  const counted = metrics.split('\n').filter((line) => /^grpc_calls_total.*WatchLetters/.test(line));
  expect(counted).toEqual([expect.stringMatching(/"OK".* 1$/)]);
});
