import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

/** Serves a request. */
export type Serve = (request: IncomingMessage, response: ServerResponse) => void;

/** The requests of one connection that are not answered yet. */
interface Turns {
  readonly served: Set<ServerResponse>;
  /** Those that must wait until others are answered. */
  readonly waiting: ServerResponse[];
  /** Nothing is read for now. */
  held: boolean;
  /** Is told when all of them are answered. */
  onAnswered: (() => void) | undefined;
}

interface Connection extends Socket {
  turns?: Turns;
}

/** What is told, once, that a response has left or never will. */
export interface Closable {
  closed(): void;
}

/** A response, with whoever else waits for its end: a second listener would cost as much as a good part of a call. */
export interface TurnResponse extends ServerResponse {
  onClosed?: Closable | undefined;
}

/**
 * Bounds how many requests of one connection are served at once. Node serves all that a client sends without waiting for
 * answers, and keeps all answers until their turn comes; and it tells nobody when a connection ends before that.
 *
 * @param limit - requests of one connection that are served at once
 */
export function inTurns(limit: number, serve: Serve): Serve {
  const begin = (turns: Turns, response: ServerResponse): void => {
    turns.served.add(response);
    response.on('close', ended);
    serve(response.req, response);
  };

  function ended(this: TurnResponse): void {
    const { onClosed } = this;
    if (onClosed !== undefined) {
      this.onClosed = undefined;
      onClosed.closed();
    }
    const socket = this.req.socket as Connection;
    const { turns } = socket;
    if (turns === undefined || !turns.served.delete(this) || socket.destroyed) {
      return;
    }
    const next = turns.waiting.shift();
    if (next !== undefined) {
      begin(turns, next);
      return;
    }
    if (turns.held) {
      turns.held = false;
      socket.resume();
    }
    if (turns.served.size === 0) {
      const { onAnswered } = turns;
      turns.onAnswered = undefined;
      onAnswered?.();
    }
  }

  return (request, response) => {
    const socket = request.socket as Connection;
    let { turns } = socket;
    if (turns === undefined) {
      turns = { served: new Set(), waiting: [], held: false, onAnswered: undefined };
      socket.turns = turns;
      socket.once('close', abandoned);
    }
    if (turns.served.size < limit) {
      begin(turns, response);
    } else {
      turns.waiting.push(response);
      // What is read already cannot be unread.
      turns.held = true;
      socket.pause();
    }
  };
}

/** The requests of a connection that are being served, their answers in the order in which they leave. */
export function unanswered(socket: Duplex): ReadonlySet<ServerResponse> {
  return (socket as Connection).turns?.served ?? NONE;
}

const NONE: ReadonlySet<ServerResponse> = new Set();

/** Calls back once, when the last request of a connection is answered; never when the connection ends before. */
export function whenAnswered(socket: Socket, done: () => void): void {
  const { turns } = socket as Connection;
  if (turns === undefined || turns.served.size === 0) {
    done();
  } else {
    turns.onAnswered = done;
  }
}

function abandoned(this: Connection): void {
  const { turns } = this;
  // Node tells the response whose turn it is, and that one alone.
  setImmediate(() => {
    for (const response of turns?.served ?? []) {
      response.destroy();
      response.emit('close');
    }
  });
}
