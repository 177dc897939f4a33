import { Auth } from '@traffic-tacos/policy';
import { expect, test } from 'vitest';
import { serveMail } from '../websocket/testdata/serve-mail.ts';

test.each(['application/x-ndjson', 'text/event-stream'])(
  'a stream of REST says from the start under which id it will be in the log: %s',
  async (accept) => {
    const { url, lines } = await serveMail({
      policies: () => ({ auth: Auth.PUBLIC }),
      profile: { requireCredentials: false, requireIdempotencyKey: false },
    });
    const answer = await fetch(`${url}/v1/boxes/short/letters:watch`, { headers: { accept } });
    const traceId = answer.headers.get('x-trace-id');
    await answer.text();

    expect(traceId).toMatch(/^[0-9a-f]{32}$/);
    await expect.poll(() => lines.map(({ trace_id }) => trace_id)).toContain(traceId);
  },
);
