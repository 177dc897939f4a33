import { execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openLibrary } from '../packages/server/src/reflection/testdata/open-library.ts';
import { skipOrFail } from '../scripts/skip-or-fail.ts';

// The clients of clients/go.mod know a server by its reflection alone.

const run = promisify(execFile);
const clients = fileURLToPath(new URL('clients', import.meta.url));
const TEN_MINUTES = 600_000;
/** Evans keeps settings and a cache in the home of whoever runs it. */
const home = mkdtempSync(join(tmpdir(), 'tacos-clients-'));
/** Why there are none. */
let missing: string | undefined;

beforeAll(async () => {
  try {
    await run('go', ['build', '-o', '.bin/', 'tool'], { cwd: clients });
  } catch (reason) {
    if ((reason as NodeJS.ErrnoException).code !== 'ENOENT') {
      throw reason;
    }
    missing = 'Go was not found on PATH. Install Go 1.26 or newer.';
  }
}, TEN_MINUTES);

afterAll(() => rmSync(home, { recursive: true, force: true }));

/** Runs one of the clients and gives what it prints. */
async function client(name: string, args: readonly string[], input = ''): Promise<string> {
  const child = spawn(`${clients}/.bin/${name}`, args, {
    cwd: clients,
    env: { ...process.env, XDG_CONFIG_HOME: home, XDG_CACHE_HOME: home },
  });
  child.stdin.end(input);
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [status, out, err] = await Promise.all([ended, text(child.stdout), text(child.stderr)]);
  expect(status, err).toBe(0);
  return out;
}

const lines = (out: string): string[] => out.trim().split('\n');

describe('without files', () => {
  test('grpcurl lists, describes and calls', async ({ skip }) => {
    if (missing !== undefined) {
      skipOrFail('grpcurl', missing, skip);
    }
    const address = new URL(await openLibrary()).host;
    const list = await client('grpcurl', ['-plaintext', address, 'list']);
    const shown = await client('grpcurl', [
      '-plaintext',
      address,
      'describe',
      'library.v1.LibraryService.GetBook',
    ]);
    const answer = await client('grpcurl', [
      ...['-plaintext', '-d', '{"book_id":"dune"}'],
      ...[address, 'library.v1.LibraryService/GetBook'],
    ]);
    expect(lines(list)).toEqual(
      expect.arrayContaining(['grpc.health.v1.Health', 'library.v1.LibraryService']),
    );
    expect(shown).toContain('rpc GetBook ( .library.v1.GetBookRequest )');
    expect(JSON.parse(answer)).toMatchObject({ book: { bookId: 'dune', title: 'dune' } });
  });

  test('Evans lists, describes and calls', async ({ skip }) => {
    if (missing !== undefined) {
      skipOrFail('Evans', missing, skip);
    }
    const { hostname, port } = new URL(await openLibrary());
    const evans = (args: readonly string[], input?: string): Promise<string> =>
      client('evans', ['--host', hostname, '--port', port, '--reflection', 'cli', ...args], input);
    const services = await evans(['list']);
    const methods = await evans(['list', 'library.v1.LibraryService']);
    const shown = await evans(['desc', 'library.v1.GetBookRequest']);
    const answer = await evans(['call', 'library.v1.LibraryService.GetBook'], '{"bookId":"dune"}');
    expect(lines(services)).toEqual(
      expect.arrayContaining(['grpc.health.v1.Health', 'library.v1.LibraryService']),
    );
    expect(lines(methods)).toContain('library.v1.LibraryService.WatchBook');
    expect(shown).toContain('book_id');
    expect(JSON.parse(answer)).toMatchObject({ book: { bookId: 'dune', title: 'dune' } });
  });
});
