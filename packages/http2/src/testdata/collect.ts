import type { FieldBlock, ServerHandler, ServerStream } from '../index.ts';

/** What one request was, as a handler sees it. */
export interface Seen {
  readonly stream: ServerStream;
  body: string;
  trailers: readonly string[] | undefined;
  isEnded: boolean;
  /** What it was closed with; `null` before it. */
  closed: number | undefined | null;
  drained: number;
}

export const OK: FieldBlock = { fields: ['content-type', 'text/plain'] };

/** A handler that notes what comes, and leaves the answers to the test unless `begin` gives them. */
export function collect(begin: (stream: ServerStream) => void = () => {}): {
  readonly handler: ServerHandler;
  readonly seen: Seen[];
} {
  const seen: Seen[] = [];
  return {
    seen,
    handler: {
      request: (stream) => {
        const one: Seen = {
          stream,
          body: '',
          trailers: undefined,
          isEnded: false,
          closed: null,
          drained: 0,
        };
        seen.push(one);
        begin(stream);
        return {
          data: (chunk) => {
            one.body += chunk.toString('latin1');
          },
          end: (trailers) => {
            one.isEnded = true;
            one.trailers = trailers;
          },
          drained: () => {
            one.drained += 1;
          },
          closed: (code) => {
            if (one.closed !== null) {
              throw new Error(`stream ${stream.id} was closed twice`);
            }
            one.closed = code;
          },
        };
      },
    },
  };
}

/** Answers every request when it is complete. */
export const answering: ServerHandler = {
  request: () => ({
    data: () => {},
    end: (_trailers, stream) => stream.respond(200, OK, undefined, Buffer.from('ok'), undefined),
    drained: () => {},
    closed: () => {},
  }),
};
