import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http2 from 'node:http2';
import type net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import tls from 'node:tls';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import { type ServerConnection, type ServerHandler, serveHttp2 } from './index.ts';
import { echo, flow } from './testdata/echo.ts';
import { serve } from './testdata/serve.ts';

const run = promisify(execFile);

function have(command: string, question = '--version'): boolean {
  try {
    execFileSync(command, [question], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** A service of bytes that come back as they were, whatever kind of call it is. */
const service: ServerHandler = {
  request: (stream) => {
    stream.open(200, { fields: ['content-type', 'application/grpc'] }, ['x-path', stream.head.path]);
    return {
      data: (chunk) => {
        if (!stream.write(chunk)) {
          stream.pause();
        }
      },
      end: () => stream.end({ fields: ['grpc-status', '0'] }),
      drained: () => stream.resume(),
      closed: () => {},
    };
  },
};

const same = (bytes: Buffer): Buffer => bytes;

test('grpc-js makes unary calls, and streams both ways', async () => {
  await using served = await serve(service);
  const client = new grpc.Client(`127.0.0.1:${served.port}`, grpc.credentials.createInsecure());
  const bodies = [0, 1, 1000, 70_000, 1_000_000].map((size) => Buffer.alloc(size, 'x'));
  try {
    const answers = await Promise.all(
      bodies.map(
        (body) =>
          new Promise<Buffer | undefined>((resolve, reject) => {
            client.makeUnaryRequest('/a.B/C', same, same, body, (error, answer) =>
              error === null ? resolve(answer) : reject(error),
            );
          }),
      ),
    );
    expect(answers.map((answer) => answer?.length)).toEqual(bodies.map(({ length }) => length));

    const call = client.makeBidiStreamRequest('/a.B/D', same, same);
    const lengths: number[] = [];
    call.on('data', (answer: Buffer) => lengths.push(answer.length));
    for (const body of bodies) {
      call.write(body);
    }
    call.end();
    const [status] = await once(call, 'status');
    expect(status.code).toBe(grpc.status.OK);
    expect(lengths).toEqual(bodies.map(({ length }) => length));
  } finally {
    client.close();
  }
});

test.runIf(have('curl'))('curl sends and gets bodies', async () => {
  await using served = await serve(echo);
  const folder = mkdtempSync(join(tmpdir(), 'http2-curl-'));
  try {
    const file = join(folder, 'body');
    const options = ['-s', '--http2-prior-knowledge', '-D', '-'];
    const { stdout } = await run('curl', [...options, '-X', 'PUT', '-d', 'hello', `${served.origin}/a`]);
    expect(stdout).toMatch(/^HTTP\/2 200/);
    expect(stdout).toContain('path: /a');
    expect(stdout).toContain('hello');
    const head = await run('curl', [...options, '-I', `${served.origin}/b`]);
    expect(head.stdout).toContain('method: HEAD');
    await run('dd', ['if=/dev/urandom', `of=${file}`, 'bs=1000', 'count=3000']);
    const large = ['-s', '--http2-prior-knowledge', '--data-binary', `@${file}`, '-o', `${file}.out`];
    await run('curl', [...large, served.origin]);
    expect(readFileSync(`${file}.out`).equals(readFileSync(file))).toBe(true);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test.runIf(have('nghttp'))('nghttp sends priorities and many requests at once', async () => {
  await using served = await serve(echo);
  const { stdout } = await run('nghttp', ['-nv', '-m', '20', `${served.origin}/a`]);
  expect(stdout.match(/:status: 200/g)).toHaveLength(20);
  expect(stdout).not.toContain('RST_STREAM');
});

test.runIf(have('openssl', 'version'))('over TLS it is the same', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'http2-tls-'));
  const [key, cert] = [join(folder, 'key'), join(folder, 'cert')];
  execFileSync(
    'openssl',
    [
      ...'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=here'.split(' '),
      ...['-addext', 'subjectAltName=IP:127.0.0.1', '-keyout', key, '-out', cert],
    ],
    { stdio: 'pipe' },
  );
  const options = { key: readFileSync(key), cert: readFileSync(cert) };
  rmSync(folder, { recursive: true });
  const connections: ServerConnection[] = [];
  const server = tls.createServer({ ...options, ALPNProtocols: ['h2'], allowHalfOpen: true }, (socket) => {
    connections.push(serveHttp2(socket, flow));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const session = http2.connect(`https://127.0.0.1:${port}`, { ca: options.cert });
  try {
    const bodies = await Promise.all(
      [1, 10_000, 500_000].map(async (size) => {
        const stream = session.request({ ':method': 'POST' });
        stream.end(Buffer.alloc(size, 'x'));
        return (await buffer(stream)).length;
      }),
    );
    expect(bodies).toEqual([1, 10_000, 500_000]);
    expect(connections[0]?.peer).toBe('127.0.0.1');
    connections[0]?.drain();
    await once(session, 'close');
  } finally {
    session.destroy();
    server.close();
  }
});
