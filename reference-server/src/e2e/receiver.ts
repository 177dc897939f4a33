import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

/** One request that a receiver has got. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** What receives webhooks, on a port of its own. */
export interface Receiver {
  readonly url: string;
  readonly requests: readonly Received[];
  /** Answers the requests from now on. Default: 204. */
  answer: (response: ServerResponse, received: Received) => void;
}

/** Starts a receiver that stops when the test is over. */
export async function startReceiver(): Promise<Receiver> {
  const requests: Received[] = [];
  const receiver: { answer: Receiver['answer'] } = {
    answer: (response) => void response.writeHead(204).end(),
  };
  const server: Server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = {
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString(),
      };
      requests.push(received);
      receiver.answer(response, received);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return Object.assign(receiver, { url: `http://127.0.0.1:${port}`, requests });
}
