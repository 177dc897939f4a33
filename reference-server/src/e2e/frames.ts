import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

/** A frame of the server, as JSON. */
export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly sequence?: string;
  readonly message?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly code: string };
}

/** What a web page sends and gets over `/ws`. */
export interface Frames {
  readonly socket: WebSocket;
  send(frame: object): void;
  /** The next frame of a subscription, in the order they came. */
  next(id: string): Promise<Frame>;
  /** The code with which the server closes. */
  readonly closed: Promise<number>;
}

/** Opens a WebSocket until the test is over. */
export async function framesOf(url: string, options: ClientOptions = {}): Promise<Frames> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/ws`, options);
  onTestFinished(() => socket.terminate());
  const waiting = new Map<string, Frame[]>();
  const asked = new Map<string, ((frame: Frame) => void)[]>();
  socket.on('message', (data) => {
    const frame: Frame = JSON.parse(String(data));
    const id = frame.id ?? '';
    const give = asked.get(id)?.shift();
    if (give === undefined) {
      waiting.set(id, [...(waiting.get(id) ?? []), frame]);
    } else {
      give(frame);
    }
  });
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.once('error', reject);
  });
  return {
    socket,
    closed,
    send: (frame) => socket.send(JSON.stringify(frame)),
    next: async (id) =>
      waiting.get(id)?.shift() ??
      new Promise((resolve) => {
        asked.set(id, [...(asked.get(id) ?? []), resolve]);
      }),
  };
}
