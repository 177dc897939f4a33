import fc from 'fast-check';
import { expect, test } from 'vitest';
import { PulledBody } from './pulled-body.ts';

/** A client that says whether it is held back. */
function source() {
  const state = { isPaused: false, pauses: 0 };
  return {
    state,
    pause: () => {
      state.isPaused = true;
      state.pauses += 1;
    },
    resume: () => {
      state.isPaused = false;
    },
  };
}

async function all(body: PulledBody): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const piece of body) {
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

test('whatever pieces come, and whenever they are read, the same bytes are read in the same order', async () => {
  const steps = fc.array(
    fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 3000 }), fc.constant('read' as const)),
    {
      maxLength: 60,
    },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (todo) => {
      const body = new PulledBody(source());
      const sent: Uint8Array[] = [];
      const read: Promise<IteratorResult<Uint8Array, undefined>>[] = [];
      for (const step of todo) {
        if (step === 'read') {
          read.push(body.next());
        } else {
          sent.push(step);
          body.push(step);
        }
      }
      body.end();
      const early = (await Promise.all(read)).flatMap(({ value }) => (value === undefined ? [] : [value]));

      expect(Buffer.concat([...early, await all(body)])).toEqual(Buffer.concat(sent));
    }),
  );
});

test('a client that sends faster than anybody reads is held back until all of it is read', async () => {
  const client = source();
  const body = new PulledBody(client);
  for (let piece = 0; piece < 5; piece++) {
    body.push(Buffer.alloc(16 * 1024, piece));
  }
  expect(client.state).toEqual({ isPaused: true, pauses: 1 });

  for (let piece = 0; piece < 4; piece++) {
    await body.next();
    expect(client.state.isPaused).toBe(true);
  }
  await body.next();
  expect(client.state.isPaused).toBe(false);
});

test('small pieces that wait are kept together', async () => {
  const body = new PulledBody(source());
  for (let piece = 0; piece < 50_000; piece++) {
    body.push(Buffer.from([piece % 256]));
  }
  let pieces = 0;
  body.end();
  for await (const piece of body) {
    pieces += 1;
    expect(piece.length).toBeGreaterThan(0);
  }

  expect(pieces).toBeLessThan(10);
});

test('a body that breaks off is read up to there', async () => {
  const body = new PulledBody(source());
  body.push(Buffer.from('whole'));
  body.fail(new Error('gone'));

  expect(await body.next()).toEqual({ done: false, value: Buffer.from('whole') });
  await expect(body.next()).rejects.toThrow('gone');
  expect(await body.next()).toEqual({ done: true, value: undefined });
});

test('who waits for a piece is told that the body breaks off', async () => {
  const body = new PulledBody(source());
  const waiting = body.next();
  body.fail(new Error('gone'));

  await expect(waiting).rejects.toThrow('gone');
});

test('what nobody reads any more is dropped, and its client is let go on', async () => {
  const client = source();
  const body = new PulledBody(client);
  body.push(Buffer.alloc(100_000));
  body.discard();
  body.push(Buffer.alloc(100_000));

  expect(client.state.isPaused).toBe(false);
  expect(await all(body)).toHaveLength(0);
});
