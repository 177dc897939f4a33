import { onTestFinished } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

/** A frame of the server. */
export interface Frame {
  readonly type: string;
  readonly id?: string;
  readonly sequence?: string;
  readonly message?: Record<string, unknown>;
  readonly error?: Readonly<Record<string, unknown>>;
}

/** Why a connection ended. */
export interface Closed {
  readonly code: number;
  readonly reason: string;
}

/** A connection whose frames are kept. */
export interface TestClient {
  readonly socket: WebSocket;
  readonly frames: readonly Frame[];
  readonly closed: Promise<Closed>;
  /** Sends a frame; a text goes as it is. */
  send(frame: unknown): void;
  /** The first frame that is so, waited for. Fails when the connection ends without. */
  frame(isWanted: (frame: Frame) => boolean): Promise<Frame>;
}

/** Opens a connection to a server, until the test is over. */
export async function connectTo(
  url: string,
  { path = '/ws', ...options }: ClientOptions & { path?: string } = {},
): Promise<TestClient> {
  const socket = new WebSocket(`${url.replace('http', 'ws')}${path}`, options);
  onTestFinished(() => socket.terminate());
  const frames: Frame[] = [];
  const watchers = new Set<() => void>();
  let isClosed = false;
  const tell = (): void => {
    for (const watcher of watchers) {
      watcher();
    }
  };
  socket.on('message', (data) => {
    frames.push(JSON.parse(String(data)));
    tell();
  });
  const closed = new Promise<Closed>((resolve) => {
    socket.on('close', (code, reason) => {
      isClosed = true;
      resolve({ code, reason: String(reason) });
      tell();
    });
  });
  await new Promise<void>((resolve, reject) => {
    socket.once('open', resolve);
    socket.on('error', reject);
  });
  return {
    socket,
    frames,
    closed,
    send: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    frame: (isWanted) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const found = frames.find(isWanted);
          if (found === undefined && !isClosed) {
            return;
          }
          watchers.delete(look);
          if (found === undefined) {
            reject(new Error(`the connection ended without the frame; got ${JSON.stringify(frames)}`));
          } else {
            resolve(found);
          }
        };
        watchers.add(look);
        look();
      }),
  };
}

/** Tells frames of one type, and of one subscription. */
export function is(type: string, id?: string): (frame: Frame) => boolean {
  return (frame) => frame.type === type && (id === undefined || frame.id === id);
}

/** The status of a handshake that is refused. Fails when it is not. */
export async function refusedWith(
  url: string,
  options: ClientOptions & { path?: string } = {},
): Promise<number> {
  const reason = await connectTo(url, options).then(
    () => new Error('expected the handshake to be refused'),
    (thrown: Error) => thrown,
  );
  const [, status] = /^Unexpected server response: (\d+)$/.exec(reason.message) ?? [];
  if (status === undefined) {
    throw reason;
  }
  return Number(status);
}
