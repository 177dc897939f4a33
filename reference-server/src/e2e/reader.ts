import { ConnectError } from '@connectrpc/connect';
import { expect, onTestFinished, vi } from 'vitest';

/** Milliseconds after which a test gives up waiting for a message. */
const PATIENCE_MS = 10_000;

/** A client that reads a stream, and keeps what it got. */
export interface Reader<M> {
  readonly messages: readonly M[];
  /** Waits for a message that came after those this was asked about before. */
  next(isWanted?: (message: M) => boolean): Promise<M>;
  /** Takes no more, and lets the server know. */
  stop(): Promise<void>;
  /** Resolves with the end of the stream: `undefined` for a good one. */
  readonly ended: Promise<ConnectError | undefined>;
}

/** Reads a stream until the test is over. */
export function read<M>(open: (signal: AbortSignal) => AsyncIterable<M>): Reader<M> {
  const stop = new AbortController();
  const messages: M[] = [];
  let seen = 0;
  const ended = (async () => {
    try {
      for await (const message of open(stop.signal)) {
        messages.push(message);
      }
      return undefined;
    } catch (error) {
      return ConnectError.from(error);
    }
  })();
  let end: { readonly reason: ConnectError | undefined } | undefined;
  void ended.then((reason) => {
    end = { reason };
  });
  const reader: Reader<M> = {
    messages,
    ended,
    async next(isWanted = () => true) {
      return vi.waitFor(
        () => {
          while (seen < messages.length) {
            const message = messages[seen++] as M;
            if (isWanted(message)) {
              return message;
            }
          }
          expect(end, 'the stream has ended without the message').toBeUndefined();
          throw new Error(`the message has not come; ${messages.length} others have`);
        },
        { timeout: PATIENCE_MS, interval: 5 },
      );
    },
    async stop() {
      stop.abort();
      await ended;
    },
  };
  onTestFinished(() => reader.stop());
  return reader;
}
