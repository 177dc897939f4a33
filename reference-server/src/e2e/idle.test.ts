import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { childServer } from './child-server.ts';
import { dataDirectory } from './data-directory.ts';

/** How often the threads of a process have gone to sleep so far. */
function sleepsOf(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/status`, 'utf8'))
    .reduce((sum, status) => sum + Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]), 0);
}

const post = (url: string, body: object): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

test.skipIf(process.platform !== 'linux')(
  'a server that has nothing to do but to wait for holds to lapse sleeps',
  async () => {
    const { url, pid } = await childServer(await dataDirectory(), '--hold-seconds', '600');
    // What measures the process begins with the first who asks.
    await (await fetch(`${url}/metrics`)).text();
    for (const seatId of ['A1', 'A2', 'A3']) {
      const wanted = { eventId: 'test', seatIds: [seatId], quantity: 1, userId: `buyer of ${seatId}` };
      expect((await post(`${url}/api/v1/reservations`, wanted)).status).toBe(201);
    }
    const seconds = 4;
    let least = Number.POSITIVE_INFINITY;
    // Others may wake it, or it has not finished: it sleeps if it does so in one of these times.
    for (let round = 0; round < 10 && least > 60 * seconds; round++) {
      const before = sleepsOf(pid);
      await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
      least = Math.min(least, sleepsOf(pid) - before);
    }
    expect(least).toBeLessThanOrEqual(60 * seconds);
  },
  120_000,
);
