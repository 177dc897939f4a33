import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, onTestFinished, test } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The programs of the README, in its order. */
const snippets = [...readFileSync(join(root, 'README.md'), 'utf8').matchAll(/^```ts\n(.*?)^```$/gms)].map(
  ([, code = '']) => code,
);

/** A folder in which the README's imports lead somewhere. */
function project(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tacos-readme-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const testdata = (name: string) => join(root, 'packages', name, 'src/testdata/gen');
  mkdirSync(join(folder, 'gen/parcel/v1'), { recursive: true });
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  symlinkSync(join(testdata('server'), 'library'), join(folder, 'gen/library'));
  symlinkSync(join(testdata('server'), 'descriptor.binpb'), join(folder, 'library.binpb'));
  for (const file of ['parcel_pb.js', 'parcel_pb.d.ts']) {
    symlinkSync(join(testdata('client-runtime'), 'parcel/v1', file), join(folder, 'gen/parcel/v1', file));
  }
  const all = {
    'package.json': '{"type":"module"}',
    'gen/parcel/v1/errors_pb.ts': `export * from '../../library/v1/errors_pb.js';\n`,
    ...files,
  };
  for (const [name, content] of Object.entries(all)) {
    writeFileSync(join(folder, name), content);
  }
  return folder;
}

/** Replaces what has to be there. */
function replaced(code: string, from: string, to: string): string {
  expect(code).toContain(from);
  return code.replaceAll(from, to);
}

test('every program of the README compiles', async () => {
  expect(snippets.length).toBeGreaterThanOrEqual(5);
  const folder = project({
    ...Object.fromEntries(snippets.map((code, at) => [`snippet-${at + 1}.ts`, code])),
    'tsconfig.json': JSON.stringify({
      extends: join(root, 'tsconfig.json'),
      compilerOptions: { noUnusedLocals: false },
      include: ['*.ts'],
    }),
  });
  const compiler = join(root, 'node_modules/typescript-7/bin/tsc');
  const child = spawn(process.execPath, [compiler, '-p', folder, '--pretty', 'false'], { cwd: folder });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  expect({ code, out, err }).toEqual({ code: 0, out: '', err: '' });
}, 180_000);

/** An identity provider on this machine. */
async function startIssuer() {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const key = { kid: 'key-1', alg: 'ES256' };
  const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), ...key, use: 'sig' }] });
  const server = createServer((_, response) => {
    response.setHeader('content-type', 'application/json').end(jwks);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close().closeAllConnections());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const token = (sub: string): Promise<string> => {
    const now = Math.floor(Date.now() / 1000);
    return new SignJWT({ iss: url, aud: 'library', sub, nbf: now - 1, exp: now + 600 })
      .setProtectedHeader(key)
      .sign(privateKey);
  };
  return { url, token };
}

test('the server of the README lets callers with a token in, and refuses with the codes of the contract', async () => {
  const issuer = await startIssuer();
  const snippet =
    snippets.find((code) => code.includes('createServer(')) ?? expect.fail('there is no server');
  const listening = 'await server.listen({ port: 8080 });';
  const anyPort = 'console.log((await server.listen({ port: 0 })).url);';
  const code = replaced(replaced(snippet, 'https://id.example.com', issuer.url), listening, anyPort);
  const folder = project({ 'server.ts': code });
  const child = spawn(process.execPath, ['--conditions=@traffic-tacos/source', 'server.ts'], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const complaints = text(child.stderr);
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (line.startsWith('http://')) {
        resolve(line);
      }
    });
    exited.then(async () => reject(new Error(`it has ended: ${await complaints}`)), reject);
  });
  const lend = async (sub: string | undefined, idempotencyKey: string): Promise<unknown> => {
    const token = sub === undefined ? {} : { authorization: `Bearer ${await issuer.token(sub)}` };
    const answer = await fetch(`${url}/library.v1.LibraryService/LendBook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...token },
      body: JSON.stringify({ bookId: 'dune', idempotencyKey }),
    });
    return { status: answer.status, body: await answer.json() };
  };

  expect(await lend(undefined, 'k0')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
  expect(await lend('ann', 'k1')).toEqual({
    status: 200,
    body: { loan: { bookId: 'dune', memberId: 'ann' } },
  });
  expect(await lend('bob', 'k2')).toMatchObject({
    status: 200,
    body: { error: { code: 'ERROR_CODE_ALL_LENT', message: 'dune is lent' } },
  });
}, 120_000);
