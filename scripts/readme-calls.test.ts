import { readFileSync } from 'node:fs';
import { startTestServer } from '@traffic-tacos/reference-server/testing';
import { expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

/** Where the README's server listens. */
const ADDRESS = 'http://127.0.0.1:8080';

/** Calls of the catalog as the README has them, with the lines that they print. */
const calls = [
  ...readme.matchAll(
    /^\$ curl -s (http:\S+\/catalog\.\S+) -H 'content-type: application\/json' -d '([^']*)'\n(.*)$/gm,
  ),
].map(([, address = '', body = '', printed = '']) => ({ address, body, printed }));

/** The frames of the README's stream: what is sent (`>`) and what comes (`<`). */
const frames = [...readme.matchAll(/^([<>]) (\{.*\})$/gm)].map(([, way, frame = '']) => ({ way, frame }));

/** Whether a text is what was printed, where `…` stands for anything. */
function expectPrinted(text: string, printed: string): void {
  const pattern = printed.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  expect(text).toMatch(new RegExp(`^${pattern.join('.*')}$`));
}

test('the calls and frames of the README are answered as it prints them', async () => {
  await using server = await startTestServer({ settings: { demo: true } });
  expect(calls.length).toBeGreaterThanOrEqual(3);
  for (const { address, body, printed } of calls) {
    const answer = await fetch(address.replace(ADDRESS, server.url), {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expectPrinted(await answer.text(), printed);
  }

  expect(frames.length).toBeGreaterThanOrEqual(5);
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`);
  onTestFinished(() => socket.terminate());
  const received: string[] = [];
  let arrived = Promise.withResolvers<void>();
  socket.on('message', (data) => {
    received.push(String(data));
    arrived.resolve();
    arrived = Promise.withResolvers();
  });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  for (const { way, frame } of frames) {
    if (way === '>') {
      socket.send(frame);
      continue;
    }
    while (received.length === 0) {
      await arrived.promise;
    }
    expectPrinted(received.shift() ?? '', frame);
  }
}, 120_000);
