import { type ClientHttp2Session, connect } from 'node:http2';
import {
  create,
  type DescMessage,
  type DescMethodUnary,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import type { Transport, UnaryResponse } from '@connectrpc/connect';

/**
 * Unary gRPC on bare `node:http2`, in turns over some connections: the load must cost less than the server. Every
 * answer must have the status 0.
 */
export function grpcTransport(url: string, connections: number): Transport & { close(): void } {
  const sessions = Array.from({ length: connections }, () => connect(url));
  let turn = 0;
  return {
    async unary<I extends DescMessage, O extends DescMessage>(
      method: DescMethodUnary<I, O>,
      _signal: AbortSignal | undefined,
      _timeoutMs: number | undefined,
      _header: HeadersInit | undefined,
      input: MessageInitShape<I>,
    ): Promise<UnaryResponse<I, O>> {
      const session = sessions[turn++ % connections] as ClientHttp2Session;
      const path = `/${method.parent.typeName}/${method.name}`;
      const bytes = await ask(session, path, toBinary(method.input, create(method.input, input)));
      const message: MessageShape<O> = fromBinary(method.output, bytes);
      const none = new Headers();
      return { stream: false, service: method.parent, method, header: none, trailer: none, message };
    },
    stream: () => Promise.reject(new Error('A booking has no streams')),
    close() {
      for (const session of sessions) {
        session.close();
      }
    },
  };
}

function ask(session: ClientHttp2Session, path: string, message: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc+proto',
      te: 'trailers',
    });
    const chunks: Buffer[] = [];
    let status: unknown;
    let text: unknown;
    stream.on('response', (headers) => {
      status = headers['grpc-status'];
      text = headers['grpc-message'];
    });
    stream.on('trailers', (headers) => {
      status = headers['grpc-status'];
      text = headers['grpc-message'];
    });
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('error', reject);
    stream.on('end', () => {
      if (status === '0') {
        resolve(Buffer.concat(chunks).subarray(5));
      } else {
        reject(new Error(`${path} ended with gRPC status ${status}: ${text}`));
      }
    });
    const frame = Buffer.allocUnsafe(5 + message.length);
    frame[0] = 0;
    frame.writeUInt32BE(message.length, 1);
    frame.set(message, 5);
    stream.end(frame);
  });
}
