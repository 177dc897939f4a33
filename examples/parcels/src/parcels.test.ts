import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { createClient } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { ParcelService, Stage } from '../gen/parcels/v1/parcels_pb.js';

let child: ChildProcess;
let url: string;

function start(...args: readonly string[]) {
  const main = fileURLToPath(new URL('main.ts', import.meta.url));
  return spawn(process.execPath, ['--conditions=@traffic-tacos/source', main, ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
}

beforeAll(async () => {
  child = start('--port', '0');
  let said = '';
  for await (const part of child.stderr?.setEncoding('utf8') ?? []) {
    said += part;
    url = said.match(/at (http:\/\/[^;]+);/)?.[1] ?? '';
    if (url !== '') {
      return;
    }
  }
  throw new Error(`the example has ended: ${said}`);
}, 120_000);

afterAll(async () => {
  if (child.exitCode === null) {
    child.kill('SIGTERM');
    await once(child, 'exit');
  }
  expect(child.exitCode).toBe(0);
});

function send(key: string, parcel: object): Promise<Response> {
  return fetch(`${url}/v1/parcels`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(parcel),
  });
}

test('a contract that nobody has heard of is served with all its policies', async () => {
  const parcel = { senderId: 'ann', address: '1 Elm Street', grams: 900 };
  const first = await send('key-1', parcel);
  const second = await send('key-1', parcel);

  expect([first.status, second.status]).toEqual([201, 201]);
  expect(second.headers.get('idempotent-replayed')).toBe('true');
  const sent = (await first.json()) as { parcel: { parcelId: string } };
  expect(sent).toMatchObject({ parcel: { senderId: 'ann', stage: 'TAKEN' } });
  expect(await second.json()).toEqual(sent);
  expect((await send('key-1', { ...parcel, grams: 901 })).status).toBe(409);
  const heavy = await send('key-2', { ...parcel, grams: 90_000 });
  expect(heavy.status).toBe(400);
  expect(await heavy.json()).toMatchObject({ error: { details: [{ field: 'grams' }] } });

  const parcels = createClient(ParcelService, createGrpcTransport({ baseUrl: url }));
  const stages: Stage[] = [];
  for await (const { parcel: moved } of parcels.trackParcel({ parcelId: sent.parcel.parcelId })) {
    stages.push(moved?.stage ?? Stage.UNSPECIFIED);
  }
  expect(stages.at(-1)).toBe(Stage.ARRIVED);
  expect(stages).toEqual(stages.toSorted((one, other) => one - other));

  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`);
  await once(socket, 'open');
  const frames: { type: string }[] = [];
  const done = new Promise<void>((resolve) => {
    socket.on('message', (data) => {
      const frame = JSON.parse(String(data)) as { type: string };
      frames.push(frame);
      if (frame.type === 'end') {
        resolve();
      }
    });
  });
  socket.send(
    JSON.stringify({
      type: 'subscribe',
      id: 't',
      method: 'parcels.v1.ParcelService/TrackParcel',
      request: { parcelId: sent.parcel.parcelId },
    }),
  );
  await done;
  socket.close();
  expect(JSON.stringify(frames)).toContain('ARRIVED');
}, 60_000);

test('it refuses those who call too often', async () => {
  const parcel = { senderId: 'bob', address: '2 Elm Street', grams: 1 };
  const answers = await Promise.all(Array.from({ length: 40 }, (_, at) => send(`many-${at}`, parcel)));

  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThan(0);
  expect(refused[0]?.headers.get('retry-after')).toMatch(/^\d+$/);
  expect(answers.every(({ status }) => status === 201 || status === 429)).toBe(true);
});

test('what is wrong with its command line is one line, and the end of it', async () => {
  const said = async (...args: readonly string[]) => {
    const other = start(...args);
    const [line, [code]] = await Promise.all([text(other.stderr), once(other, 'close')]);
    return { line, code };
  };

  expect(await said('--port', 'abc')).toEqual({
    line: '--port is "abc"; expected a number from 0 to 65535\n',
    code: 1,
  });
  const { line, code } = await said('--prot', '1');
  expect(line).toMatch(/^Unknown option '--prot'.*\n$/);
  expect(code).toBe(1);
  const { port } = new URL(url);
  expect(await said('--port', port)).toEqual({
    line: `listen EADDRINUSE: address already in use 127.0.0.1:${port}: give another with --port\n`,
    code: 1,
  });
}, 60_000);
