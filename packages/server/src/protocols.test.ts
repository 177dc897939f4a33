import { fileURLToPath } from 'node:url';
import { createClient } from '@connectrpc/connect';
import { credentials, loadPackageDefinition, Metadata, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';
import { expect, onTestFinished, test } from 'vitest';
import { LibraryService } from './testdata/gen/library/v1/library_pb.js';
import { as, serve, transports } from './testdata/serve.ts';

test.each(Object.entries(transports))('serves unary calls and streams by %s', async (_name, transport) => {
  const served = await serve();
  const client = createClient(LibraryService, transport(served.url));

  expect((await client.getBook({ bookId: 'dune' })).book).toMatchObject({ bookId: 'dune', free: 3 });
  const { loan } = await client.lendBook({ bookId: 'dune', idempotencyKey: 'k1' }, as('ann'));
  expect(loan).toMatchObject({ memberId: 'ann', bookId: 'dune' });
  const exported: (string | undefined)[] = [];
  for await (const { book } of client.exportBooks({ count: 3 })) {
    exported.push(book?.bookId);
  }
  expect(exported).toEqual(['book-1', 'book-2', 'book-3']);
});

test.each(['gRPC over HTTP/2', 'Connect over HTTP/2 in JSON'])(
  'serves every kind of stream by %s',
  async (name) => {
    const served = await serve();
    const client = createClient(LibraryService, transports[name]?.(served.url) ?? expect.fail(name));
    async function* titles() {
      yield { title: 'Emma' };
      yield { title: 'Dune' };
    }
    async function* questions() {
      yield { text: 'who' };
      yield { text: 'why' };
    }

    expect(await client.importBooks(titles(), as('ann'))).toMatchObject({ count: 2, memberId: 'ann' });
    const answers: string[] = [];
    for await (const { text } of client.ask(questions(), as('ann'))) {
      answers.push(text);
    }
    expect(answers).toEqual(['who!', 'why!']);
  },
);

interface RawClient {
  LendBook(
    request: object,
    metadata: Metadata,
    done: (error: ServiceError | null, answer: { loan: object; error: object | null }) => void,
  ): void;
  close(): void;
}

test('serves a gRPC client that was made from the raw proto files', async () => {
  const { port } = await serve();
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  const definition = loadSync('library/v1/library.proto', {
    includeDirs: ['packages/server/src/testdata/proto', 'proto', 'proto-validate'].map(
      (folder) => `${root}${folder}`,
    ),
    keepCase: true,
    enums: String,
    defaults: true,
  });
  const { library } = loadPackageDefinition(definition) as unknown as {
    library: { v1: { LibraryService: new (...of: unknown[]) => RawClient } };
  };
  const client = new library.v1.LibraryService(`127.0.0.1:${port}`, credentials.createInsecure());
  onTestFinished(() => client.close());
  const metadata = new Metadata();
  metadata.set('authorization', 'Bearer ann');
  const lend = (request: object) =>
    new Promise<object>((resolve, reject) => {
      client.LendBook(request, metadata, (error, answer) => (error ? reject(error) : resolve(answer)));
    });

  expect(await lend({ book_id: 'emma', idempotency_key: 'k1' })).toMatchObject({
    loan: { member_id: 'ann', book_id: 'emma' },
    error: null,
  });
  expect(await lend({ book_id: 'emma', idempotency_key: 'k2' })).toMatchObject({
    loan: null,
    error: { code: 'ERROR_CODE_ALL_LENT' },
    lent_to: ['ann'],
  });
  await expect(lend({ book_id: 'no such id!', idempotency_key: 'k3' })).rejects.toMatchObject({ code: 3 });
});

test('serves plain fetch with JSON, and GET for calls without side effects', async () => {
  const { url } = await serve();
  const path = `${url}/library.v1.LibraryService/GetBook`;

  const posted = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ bookId: 'dune' }),
  });
  expect(posted.status).toBe(200);
  expect(await posted.json()).toEqual({ book: { bookId: 'dune', title: 'dune', free: 3 } });

  const message = encodeURIComponent(JSON.stringify({ bookId: 'dune' }));
  const got = await fetch(`${path}?connect=v1&encoding=json&message=${message}`);
  expect(await got.json()).toEqual({ book: { bookId: 'dune', title: 'dune', free: 3 } });

  const withEffect = await fetch(
    `${url}/library.v1.LibraryService/LendBook?encoding=json&message=${message}`,
  );
  expect(withEffect.status).toBe(405);
});

test('JSON with fields that the server does not know is let by, unless they are to be refused', async () => {
  const send = async (refuseUnknownJson: boolean) => {
    const { url } = await serve({ refuseUnknownJson });
    const answer = await fetch(`${url}/library.v1.LibraryService/GetBook`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"bookId":"dune","colour":"red"}',
    });
    return [answer.status, await answer.text()] as const;
  };
  expect((await send(false))[0]).toBe(200);
  const [status, text] = await send(true);
  expect(status).toBe(400);
  expect(text).toContain('colour');
});
