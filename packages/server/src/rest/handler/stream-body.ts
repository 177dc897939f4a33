import type { Message } from '@bufbuild/protobuf';
import type { StreamWriter } from '../response/stream-writer.ts';
import type { RestCall } from '../rest-call.ts';

/** What a stream of answers is sent from. */
export interface StreamSource {
  readonly first: Message | undefined;
  readonly rest: AsyncIterator<Message>;
  readonly writer: StreamWriter;
  readonly call: RestCall;
  /** Ends the call, when nobody reads on. */
  readonly stop: (reason: unknown) => void;
}

const encoder = new TextEncoder();

/** The answers of a stream as a response body: one is fetched when the one before it was read. */
export function streamBody({ first, rest, writer, call, stop }: StreamSource): ReadableStream<Uint8Array> {
  let next = first;
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        try {
          const message = next ?? (await following(rest));
          next = undefined;
          if (message === undefined) {
            controller.close();
          } else {
            controller.enqueue(bytes(writer.message(message)));
          }
        } catch (reason) {
          const last = writer.error(reason, call);
          if (last === undefined) {
            controller.error(reason);
          } else {
            controller.enqueue(bytes(last));
            controller.close();
          }
          stop(reason);
        }
      },
      cancel: stop,
    },
    { highWaterMark: 0 },
  );
}

/** The next message; `undefined` when there is none left. */
export async function following(messages: AsyncIterator<Message>): Promise<Message | undefined> {
  const { done, value } = await messages.next();
  return done === true ? undefined : value;
}

function bytes(part: string | Uint8Array): Uint8Array {
  return typeof part === 'string' ? encoder.encode(part) : part;
}
