import type { WebSocket } from 'ws';

/** Notices a client that is gone without a word: it answers no ping. */
export interface Heartbeat {
  /** The client has sent something. */
  heard(): void;
  /** From here on, at least one ping in this time. */
  atMost(everyMs: number): void;
  stop(): void;
}

/**
 * Pings a client at intervals, and ends its connection when an interval has passed without a sign of it.
 *
 * @param isBehind - whether the client still has so much to read that a ping cannot have reached it
 */
export function startHeartbeat(socket: WebSocket, everyMs: number, isBehind: () => boolean): Heartbeat {
  let interval = everyMs;
  let isAwaited = false;
  const beat = (): void => {
    if (isBehind()) {
      // Somebody else measures for how long.
      isAwaited = false;
    } else if (isAwaited) {
      socket.terminate();
    } else {
      isAwaited = true;
      socket.ping();
    }
  };
  let timer = setInterval(beat, interval);
  return {
    heard: () => {
      isAwaited = false;
    },
    atMost: (shorterMs) => {
      if (shorterMs < interval) {
        interval = shorterMs;
        clearInterval(timer);
        timer = setInterval(beat, interval);
      }
    },
    stop: () => clearInterval(timer),
  };
}
