import { Code } from '@connectrpc/connect';
import { WebSocket } from 'ws';
import { traceIdOf } from '../pipeline/trace.ts';
import { RestError } from '../rest/rest-error.ts';
import { readClientFrame } from './client-frame.ts';
import { CloseCode } from './close-code.ts';
import { type CountFrame, frameRate } from './frame-rate.ts';
import { type Handshake, withToken } from './handshake.ts';
import { type Heartbeat, startHeartbeat } from './heartbeat.ts';
import type { IntakeObserver } from './intake.ts';
import { Outlet } from './outlet.ts';
import { errorFrame, PONG } from './server-frame.ts';
import { type SubscribeFrame, Subscription, type SubscriptionTarget } from './subscription.ts';
import type { WebSocketTools } from './tools.ts';

/** One client: reads its frames, and keeps it within its limits. */
export class Connection implements SubscriptionTarget, IntakeObserver {
  readonly outlet: Outlet;
  readonly #socket: WebSocket;
  readonly #tools: WebSocketTools;
  readonly #subscriptions = new Map<string, Subscription>();
  readonly #isTooMany: CountFrame;
  readonly #heartbeat: Heartbeat;
  readonly #idle: NodeJS.Timeout;
  readonly #openedAt = performance.now();
  #handshake: Handshake;
  #opened = 0;
  #badFrames = 0;
  #isDraining = false;

  constructor(socket: WebSocket, handshake: Handshake, tools: WebSocketTools) {
    const { options, idleTimeoutMs } = tools;
    this.#socket = socket;
    this.#handshake = handshake;
    this.#tools = tools;
    this.#isTooMany = frameRate(options.frames);
    this.outlet = new Outlet(
      socket,
      { maxBufferedBytes: options.maxBufferedBytes, stallMs: idleTimeoutMs },
      () => this.#close(CloseCode.SLOW_READER, 'the client reads too slowly'),
    );
    this.#heartbeat = startHeartbeat(socket, options.heartbeatMs, () => this.outlet.isFull);
    this.#idle = setTimeout(() => this.#idled(), idleTimeoutMs);
    socket.on('message', (data: Buffer, isBinary: boolean) => this.#message(data, isBinary));
    socket.on('ping', () => this.#heard());
    socket.on('pong', () => this.#heard());
    // It closes, too, and with a code that says what was wrong.
    socket.on('error', (err) => tools.logger.debug({ err, peer: handshake.peer }, 'a WebSocket failed'));
    socket.on('close', (code) => this.#closed(code));
  }

  /** Takes no further subscriptions, and closes with the end of the last one. */
  drain(): void {
    this.#isDraining = true;
    this.#closeDrained();
  }

  ended(subscription: Subscription): void {
    if (this.#subscriptions.get(subscription.id) === subscription) {
      this.#subscriptions.delete(subscription.id);
    }
    this.#idle.refresh();
    this.#closeDrained();
  }

  crowdedOut(): void {
    this.#giveUp(CloseCode.CROWDED_OUT, 'too much is on its way to this server; try again');
  }

  timedOut(): void {
    this.#giveUp(CloseCode.IDLE, 'a message did not arrive in time');
  }

  /**
   * Says why, and is gone: what has come of the message stays in memory as long as the connection. A client that goes on
   * sending may miss the reason.
   */
  #giveUp(code: CloseCode, reason: string): void {
    this.#close(code, reason);
    this.#socket.terminate();
  }

  #message(data: Buffer, isBinary: boolean): void {
    if (!this.#heard()) {
      return;
    }
    if (isBinary) {
      this.#close(CloseCode.UNSUPPORTED_DATA, 'only text frames are spoken');
      return;
    }
    try {
      this.#serve(data.toString());
      this.#badFrames = 0;
    } catch (reason) {
      this.#refuse(undefined, reason);
      this.#badFrames++;
      if (this.#badFrames >= this.#tools.options.maxBadFrames) {
        this.#close(CloseCode.BAD_FRAMES, 'too many frames that make no sense');
      }
    }
  }

  /** Counts a frame of any kind. `false`: it is not to be looked at. */
  #heard(): boolean {
    if (this.#socket.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#heartbeat.heard();
    this.#idle.refresh();
    if (this.#isTooMany(performance.now())) {
      this.#close(CloseCode.TOO_MANY_FRAMES, 'too many frames');
      return false;
    }
    return true;
  }

  #serve(text: string): void {
    const frame = readClientFrame(text);
    switch (frame.type) {
      case 'subscribe':
        this.#subscribe(frame);
        break;
      case 'unsubscribe':
        // It may have ended while the frame was on its way.
        this.#subscriptions.get(frame.id)?.cancel();
        break;
      case 'authenticate':
        this.#handshake = withToken(this.#handshake, frame.token);
        break;
      case 'ping':
        this.outlet.send(PONG);
        break;
    }
  }

  #subscribe(frame: SubscribeFrame): void {
    const { methods, options } = this.#tools;
    const { id } = frame;
    if (this.#subscriptions.has(id)) {
      const message = `there is a subscription ${JSON.stringify(id)} already; expected an id of its own for each`;
      throw new RestError(Code.AlreadyExists, message, { details: [{ field: 'id', value: id }] });
    }
    const method = methods.get(frame.method);
    if (method === undefined) {
      const message = `${frame.method.slice(0, 256)} is no method that answers with a stream; expected package.Service/Method`;
      this.#refuse(id, new RestError(Code.NotFound, message, { details: [{ field: 'method' }] }));
      return;
    }
    if (this.#isDraining) {
      this.#refuse(id, new RestError(Code.Unavailable, 'the server is shutting down'));
      return;
    }
    if (this.#subscriptions.size >= options.maxSubscriptions) {
      const message = `${options.maxSubscriptions} streams are open on this connection; end one of them first`;
      const details = [{ reason: 'TOO_MANY_STREAMS' }];
      this.#refuse(id, new RestError(Code.ResourceExhausted, message, { details }));
      return;
    }
    const subscription = new Subscription(frame, method, this.#handshake, this.#tools, this);
    this.#subscriptions.set(id, subscription);
    this.#opened++;
    const { heartbeatMs } = method.plan.policy.stream;
    if (heartbeatMs > 0) {
      this.#heartbeat.atMost(heartbeatMs);
    }
    void subscription.run();
  }

  #refuse(id: string | undefined, reason: unknown): void {
    const { errorReader, clock, logger, options } = this.#tools;
    const traceId = traceIdOf(undefined);
    if (!(reason instanceof RestError)) {
      logger.error({ err: reason, trace_id: traceId }, 'a frame could not be served');
    }
    const call = { path: options.path, traceId, now: clock() };
    this.outlet.send(errorFrame(id, errorReader.thrown(reason), call));
  }

  #idled(): void {
    if (this.#subscriptions.size === 0) {
      this.#close(CloseCode.IDLE, 'nothing was asked for');
    }
  }

  #closeDrained(): void {
    if (this.#isDraining && this.#subscriptions.size === 0) {
      this.#close(CloseCode.GOING_AWAY, 'the server is shutting down');
    }
  }

  #close(code: CloseCode, reason: string): void {
    this.#socket.close(code, reason);
    // The client's own close frame is to be seen.
    this.outlet.close();
    this.#dropAll();
  }

  #dropAll(): void {
    const subscriptions = [...this.#subscriptions.values()];
    this.#subscriptions.clear();
    for (const subscription of subscriptions) {
      subscription.drop();
    }
  }

  #closed(code: number): void {
    this.#heartbeat.stop();
    clearTimeout(this.#idle);
    this.outlet.close();
    this.#dropAll();
    this.#tools.logger.debug(
      {
        peer: this.#handshake.peer,
        close_code: code,
        subscriptions: this.#opened,
        duration_ms: Math.round(performance.now() - this.#openedAt),
      },
      'a WebSocket connection ended',
    );
  }
}
