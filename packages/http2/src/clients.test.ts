import { execFile, execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as grpc from '@grpc/grpc-js';
import { expect, test } from 'vitest';
import type { ServerHandler } from './index.ts';
import { echo } from './testdata/echo.ts';
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
