import type { Http2Session } from 'node:http2';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Limits } from '../limits.ts';
import { SessionKeepalive } from './session-keepalive.ts';

/** How much a connection is used. */
export class SessionUse {
  /** Streams that are open. */
  open = 0;
  /** On the clock of `performance.now`: since when there is none. */
  since = performance.now();
  /** The client has been told that the connection ends. */
  leaving = false;
  readonly socket: Duplex | undefined;
  /** Address of the client: asking the session for it goes through a proxy object, for every call. */
  readonly peer: string | undefined;

  constructor(socket: Duplex | undefined) {
    this.socket = socket;
    this.peer = (socket as Partial<Socket> | undefined)?.remoteAddress;
  }

  opened(): void {
    this.open += 1;
  }

  closed(): void {
    this.open -= 1;
    if (this.open === 0) {
      this.since = performance.now();
    }
  }
}

/** Ends HTTP/2 connections that nobody uses, and those whose clients are gone. */
export interface IdleSessions {
  /** A connection has begun. */
  add(session: Http2Session, socket: Duplex | undefined): void;
  /** The use of a connection that has not ended. */
  of(session: Http2Session): SessionUse | undefined;
  stop(): void;
}

/**
 * Looks at all connections once a second at most. Node's own timeout of a session starts anew with every frame, which is
 * a good part of what a call costs.
 */
export function createIdleSessions(limits: Limits): IdleSessions {
  const { idleTimeoutMs: timeoutMs } = limits;
  const uses = new Map<Http2Session, SessionUse>();
  const keepalives = new Map<Http2Session, SessionKeepalive>();
  const sweep = setInterval(
    () => {
      const now = performance.now();
      for (const keepalive of keepalives.values()) {
        keepalive.check(now);
      }
      const before = now - timeoutMs;
      for (const [session, use] of uses) {
        if (use.open > 0 || use.since > before) {
          continue;
        }
        if (use.leaving) {
          // It need not agree.
          use.socket?.destroy();
        } else {
          use.leaving = true;
          use.since = performance.now();
          session.close();
        }
      }
    },
    Math.min(1000, timeoutMs),
  );
  sweep.unref();
  return {
    add: (session, socket) => {
      uses.set(session, new SessionUse(socket));
      if (socket !== undefined) {
        keepalives.set(session, new SessionKeepalive(session, socket as Socket, limits));
      }
      session.once('close', () => {
        uses.delete(session);
        keepalives.delete(session);
      });
    },
    of: (session) => uses.get(session),
    stop: () => clearInterval(sweep),
  };
}
