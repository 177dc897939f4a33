import type { FieldBlock, ServerHandler, ServerStream, StreamReceiver } from '../index.ts';

const block: FieldBlock = { fields: ['content-type', 'application/octet-stream'] };
const trailers: FieldBlock = { fields: ['checked', 'yes'] };

/** Answers every request with its body, as a whole, when it is complete. */
export const echo: ServerHandler = {
  request: (): StreamReceiver => {
    const chunks: Buffer[] = [];
    return {
      data: (chunk) => chunks.push(chunk),
      end: (_trailers, stream: ServerStream) => {
        const { method, path } = stream.head;
        stream.respond(200, block, ['method', method, 'path', path], Buffer.concat(chunks), trailers);
      },
      drained: () => {},
      closed: () => {},
    };
  },
};

/** Answers every request with its body, piece by piece as it comes. */
export const flow: ServerHandler = {
  request: (stream): StreamReceiver => {
    stream.open(200, block, undefined);
    return {
      data: (chunk) => {
        if (!stream.write(chunk)) {
          stream.pause();
        }
      },
      end: () => stream.end(trailers),
      drained: () => stream.resume(),
      closed: () => {},
    };
  },
};
