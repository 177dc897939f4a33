import { execFile } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ServerOptions } from '@traffic-tacos/server';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ownCertificate } from '../packages/server/src/testdata/own-certificate.ts';
import { skipOrFail } from '../scripts/skip-or-fail.ts';
import { openLibrary } from './grpc/library.ts';

// The gRPC of other languages, each with an HTTP/2 of its own, against our server. Each client is a program that calls
// everything and prints what it has seen.

const run = promisify(execFile);
const TEN_MINUTES = 600_000;
const TWO_MINUTES = 120_000;
const LARGE = 3 * 1024 * 1024;
const folder = (name: string): string => fileURLToPath(new URL(`grpc/${name}`, import.meta.url));

/** What every client has seen. */
const SEEN = {
  unary: { id: 'dune', header: ['c5'], trailer: ['3'] },
  refusal: { code: 5, message: 'no such book', details: ['type.googleapis.com/library.v1.Error'] },
  serverStream: 2000,
  clientStream: 500,
  bidi: ['a!', 'b!', 'c!'],
  largeAnswer: LARGE,
  largeRequest: LARGE,
  largeBoth: [LARGE + 1, LARGE + 1, LARGE + 1],
  gzip: { unary: LARGE, stream: LARGE + 1 },
  deadline: 4,
  cancelled: 1,
  atOnce: { OK: 500 },
};

/** A client, and how it is had. */
interface Client {
  /** What is needed, as errors name it. */
  readonly needs: string;
  /** Fails where that is missing. */
  readonly check: readonly [string, ...string[]];
  readonly prepare: () => Promise<unknown>;
  readonly command: readonly [string, ...string[]];
  /** What it sees in addition. */
  readonly more?: Partial<Record<keyof typeof SEEN, object>>;
}

const clients: Record<string, Client> = {
  'grpc-go': {
    needs: 'Go 1.26 or newer',
    check: ['go', 'version'],
    prepare: () => run('go', ['build', '-o', '.bin/client', '.'], { cwd: folder('go') }),
    command: [folder('go/.bin/client')],
    // Whether messages were compressed: one answer, one question, one answer to that.
    more: { gzip: { ...SEEN.gzip, small: [true, true, true] } },
  },
  grpcio: {
    needs: 'Python 3.10 or newer, with venv and pip,',
    check: ['python3', '-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))'],
    prepare: async () => {
      const cwd = folder('python');
      const [wanted, installed] = [`${cwd}/requirements.txt`, `${cwd}/.venv/requirements.txt`];
      if (existsSync(installed) && readFileSync(installed).equals(readFileSync(wanted))) {
        return;
      }
      await run('python3', ['-m', 'venv', '--clear', '.venv'], { cwd });
      const exactly = ['--quiet', '--require-hashes', '--only-binary=:all:'];
      await run('.venv/bin/pip', ['install', ...exactly, '-r', 'requirements.txt'], { cwd });
      copyFileSync(wanted, installed);
    },
    command: [folder('python/.venv/bin/python'), folder('python/client.py')],
  },
  'grpc-java': {
    needs: 'Maven with Java 17 or newer',
    check: ['mvn', '--version'],
    prepare: () =>
      run('mvn', ['-q', '-B', 'compiler:compile', 'dependency:copy-dependencies'], { cwd: folder('java') }),
    // Its programs are over before a better compiler pays.
    command: [
      'java',
      '-XX:TieredStopAtLevel=1',
      '-cp',
      `${folder('java/target/classes')}:${folder('java/target/lib')}/*`,
      'Client',
    ],
  },
};

const certificate = ownCertificate();
const temporary = mkdtempSync(join(tmpdir(), 'tacos-grpc-'));
const certFile = join(temporary, 'cert.pem');
writeFileSync(certFile, certificate.cert);
afterAll(() => rmSync(temporary, { recursive: true, force: true }));

describe.each(Object.entries(clients))('%s', (name, { needs, check, prepare, command, more }) => {
  /** Why there is none. */
  let missing: string | undefined;

  beforeAll(async () => {
    const [program, ...args] = check;
    try {
      await run(program, args);
    } catch {
      missing = `${needs} was not found on PATH. Install it.`;
      return;
    }
    await prepare();
  }, TEN_MINUTES);

  test.for<[string, Pick<ServerOptions, 'http2' | 'tls'>]>([
    ['in the clear', {}],
    ['over TLS', { tls: certificate }],
    ['in the clear, on node:http2', { http2: 'node' }],
  ])('calls everything %s', { timeout: TWO_MINUTES }, async ([, options], { skip }) => {
    if (missing !== undefined) {
      skipOrFail(name, missing, skip);
    }
    const library = openLibrary(options);
    const { port } = await library.server.listen({ port: 0 });
    onTestFinished(() => library.server.close({ graceMs: 0 }));
    const [program, ...own] = command;
    const cert = options.tls === undefined ? [] : ['--cert', certFile];
    const { stdout } = await run(program, [...own, ...cert, `127.0.0.1:${port}`], { timeout: TWO_MINUTES });

    const seen = JSON.parse(stdout) as { atOnce: Record<string, number> };
    if (options.http2 === 'node') {
      // Node counts a stream a moment longer than the client that was answered, and resets what is one too many by
      // its own count with ENHANCE_YOUR_CALM.
      const { OK = 0, ResourceExhausted = 0, ...others } = seen.atOnce;
      expect(ResourceExhausted).toBeLessThan(10);
      seen.atOnce = { OK: OK + ResourceExhausted, ...others };
    }
    expect(seen).toEqual({ ...SEEN, ...more });
    await expect.poll(() => library.left, { timeout: 10_000 }).toBe(1);
  });
});
