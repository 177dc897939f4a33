/** A frame of the server. */
export type SeenFrame = Readonly<Record<string, unknown>>;

/** What became of a connection. */
export interface Conversation {
  readonly frames: readonly SeenFrame[];
  /** The code with which the connection was closed before there were enough frames. */
  readonly closed?: number;
}

/** Opens a WebSocket, sends frames, and reads until a number of frames has come or the connection ends. */
export function converse(url: string, frames: readonly SeenFrame[], count: number): Promise<Conversation> {
  const socket = new WebSocket(url);
  const seen: SeenFrame[] = [];
  return new Promise((resolve) => {
    socket.onopen = () => {
      for (const frame of frames) {
        socket.send(JSON.stringify(frame));
      }
    };
    socket.onmessage = ({ data }) => {
      seen.push(JSON.parse(data));
      if (seen.length === count) {
        resolve({ frames: seen });
        socket.close();
      }
    };
    socket.onclose = ({ code }) => resolve({ frames: seen, closed: code });
  });
}
