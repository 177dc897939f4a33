import { WebSocket } from 'ws';

/** How much may wait for a client, and for how long. */
export interface OutletLimits {
  /** Bytes. */
  readonly maxBufferedBytes: number;
  /** Milliseconds. */
  readonly stallMs: number;
}

/**
 * Sends frames to one client. While more waits for it than it may, nothing is read from it either, so that answers to
 * its own frames cannot pile up.
 */
export class Outlet {
  readonly #socket: WebSocket;
  readonly #limits: OutletLimits;
  readonly #stalled: () => void;
  readonly #left: () => void;
  #waiting: (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param stalled - told when the client has been behind for too long */
  constructor(socket: WebSocket, limits: OutletLimits, stalled: () => void) {
    this.#socket = socket;
    this.#limits = limits;
    this.#stalled = stalled;
    this.#left = () => {
      if (this.#timer !== undefined && this.#socket.bufferedAmount < this.#limits.maxBufferedBytes) {
        this.#release();
      }
    };
  }

  /** Whether there is anybody to send to. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** Whether senders have to wait. */
  get isFull(): boolean {
    return this.#timer !== undefined;
  }

  /** Sends a text; one for a client that is gone goes nowhere. */
  send(text: string): void {
    if (!this.isOpen) {
      return;
    }
    this.#socket.send(text, this.#left);
    if (this.#timer === undefined && this.#socket.bufferedAmount >= this.#limits.maxBufferedBytes) {
      this.#timer = setTimeout(this.#stalled, this.#limits.stallMs);
      this.#socket.pause();
    }
  }

  /** Calls back once, when there is room or nobody left to send to. */
  whenRoom(listener: () => void): void {
    if (this.isFull) {
      this.#waiting.push(listener);
    } else {
      listener();
    }
  }

  /** Nothing is sent any more. */
  close(): void {
    this.#release();
  }

  #release(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#socket.resume();
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const listener of waiting) {
      listener();
    }
  }
}
