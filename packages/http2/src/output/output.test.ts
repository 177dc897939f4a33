import { once } from 'node:events';
import net from 'node:net';
import { Duplex } from 'node:stream';
import { expect, test } from 'vitest';
import { Output } from './output.ts';

/** A stream that takes writes when it is told to. */
function slow(): { socket: Duplex; writes: Buffer[][]; take: () => void } {
  const writes: Buffer[][] = [];
  let waiting: (() => void) | undefined;
  const socket = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      writes.push([chunk]);
      waiting = done;
    },
    writev: (chunks, done) => {
      writes.push(chunks.map(({ chunk }) => chunk as Buffer));
      waiting = done;
    },
  });
  return { socket, writes, take: () => waiting?.() };
}

function add(output: Output, text: string): void {
  const bytes = Buffer.from(text);
  output.add(bytes, 0, bytes.length);
}

test('what collects leaves in one write, and what comes meanwhile in the next', async () => {
  const { socket, writes, take } = slow();
  let written = 0;
  const output = new Output(socket, () => {
    written += 1;
  });
  add(output, 'a');
  add(output, 'b');
  output.flush();
  expect(output.isWriting).toBe(true);
  add(output, 'c');
  output.flush();
  expect(output.waitingBytes).toBe(3);
  expect(writes.map(([chunk]) => String(chunk))).toEqual(['ab']);
  take();
  await new Promise(setImmediate);
  expect([written, output.writeCount, output.waitingBytes]).toEqual([1, 1, 1]);
  output.flush();
  expect(writes.map(([chunk]) => String(chunk))).toEqual(['ab', 'c']);
});

test('large bodies are not copied, and leave together with what is around them', () => {
  const { socket, writes } = slow();
  const output = new Output(socket, () => {});
  const body = Buffer.alloc(10_000, 7);
  add(output, 'before');
  output.add(body, 100, 9000);
  add(output, 'after');
  output.flush();
  const [pieces = []] = writes;
  expect(pieces.map(({ length }) => length)).toEqual([6, 8900, 5]);
  expect(pieces[1]?.buffer).toBe(body.buffer);
  expect(String(pieces[2])).toBe('after');
});

test('the last of it leaves ahead of the end', async () => {
  const { socket, writes, take } = slow();
  const output = new Output(socket, () => {});
  add(output, 'a');
  output.flush();
  add(output, 'b');
  let isEnded = false;
  output.end(() => {
    isEnded = true;
  });
  expect(output.waitingBytes).toBe(2);
  add(output, 'c');
  output.flush();
  take();
  take();
  await once(socket, 'finish');
  await new Promise(setImmediate);
  expect(isEnded).toBe(true);
  expect(writes.map(([chunk]) => String(chunk))).toEqual(['a', 'b']);
});

test('buffers that are used again never change what a client gets', async () => {
  const server = net.createServer((socket) => {
    const output: Output = new Output(socket, () => send());
    let count = 0;
    function send(): void {
      if (count < 3000) {
        count += 1;
        add(output, String(count % 10).repeat(count % 500));
        output.flush();
      } else {
        output.end(() => {});
      }
      if (output.waitingBytes === 0) {
        setImmediate(send);
      }
    }
    send();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const chunks: Buffer[] = [];
  const sockets = [1, 2].map(() => net.connect((server.address() as net.AddressInfo).port, '127.0.0.1'));
  sockets[0]?.on('data', (chunk: Buffer) => chunks.push(chunk));
  sockets[1]?.resume();
  await Promise.all(sockets.map((socket) => once(socket, 'end')));
  const expected = Array.from({ length: 3000 }, (_, index) =>
    String((index + 1) % 10).repeat((index + 1) % 500),
  );
  expect(Buffer.concat(chunks).toString() === expected.join('')).toBe(true);
  server.close();
});
