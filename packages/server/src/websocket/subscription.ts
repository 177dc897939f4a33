import { setImmediate } from 'node:timers/promises';
import type { Message } from '@bufbuild/protobuf';
import { ConnectError } from '@connectrpc/connect';
import { CallFailure } from '../errors/failure.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { toStatus } from '../errors/to-status.ts';
import type { RestCall } from '../rest/rest-call.ts';
import { RestError } from '../rest/rest-error.ts';
import type { ClientFrame } from './client-frame.ts';
import type { Handshake } from './handshake.ts';
import type { Outlet } from './outlet.ts';
import { endFrame, errorFrame, messageFrame, messageHead, subscribedFrame } from './server-frame.ts';
import type { StreamMethod } from './stream-methods.ts';
import { SubscriptionExchange } from './subscription-exchange.ts';
import type { WebSocketTools } from './tools.ts';

/** Messages of one stream that are sent without a look at anything else. */
const MESSAGES_IN_A_ROW = 64;

/** A client's wish to follow a stream. */
export type SubscribeFrame = Extract<ClientFrame, { type: 'subscribe' }>;

/** Where a subscription sends what comes of it. */
export interface SubscriptionTarget {
  readonly outlet: Outlet;
  /** The last frame of a subscription has been sent; its id is free. */
  ended(subscription: Subscription): void;
}

/** One stream on a connection that may have many: between the pipeline and the frames of its client. */
export class Subscription extends SubscriptionExchange implements RestCall {
  readonly id: string;
  readonly #frame: SubscribeFrame;
  readonly #method: StreamMethod;
  readonly #tools: WebSocketTools;
  readonly #target: SubscriptionTarget;
  #isOver = false;
  /** Ends the wait for room. */
  #goOn: (() => void) | undefined;

  constructor(
    frame: SubscribeFrame,
    method: StreamMethod,
    handshake: Handshake,
    tools: WebSocketTools,
    target: SubscriptionTarget,
  ) {
    super(handshake);
    this.id = frame.id;
    this.#frame = frame;
    this.#method = method;
    this.#tools = tools;
    this.#target = target;
  }

  /** What errors say of the request. */
  get path(): string {
    return `/${this.#method.plan.name}`;
  }
  /** Epoch milliseconds. */
  get now(): number {
    return this.#tools.clock();
  }

  /** Opens the stream and sends what comes of it. Never rejects. */
  async run(): Promise<void> {
    const { outlet } = this.#target;
    const { plan, write, sequence } = this.#method;
    const request = this.#read();
    if (request === undefined) {
      return;
    }
    outlet.send(subscribedFrame(this.id));
    const head = messageHead(this.id);
    let sent = 0;
    try {
      for await (const answer of this.#tools.pipeline.open(plan, request, this)) {
        if (this.#isOver || !outlet.isOpen) {
          return;
        }
        outlet.send(messageFrame(head, sequence(answer), write(answer)));
        sent++;
        // The next one is asked for when there is room for it.
        if (outlet.isFull) {
          await this.#room();
        } else if (sent % MESSAGES_IN_A_ROW === 0) {
          // Answers that are all there already must not keep the rest of the server waiting.
          await setImmediate();
        }
      }
      this.#finish(() => endFrame(this.id));
    } catch (reason) {
      this.#fail(reason);
    }
  }

  /** The client has unsubscribed. */
  cancel(): void {
    this.#finish(() => endFrame(this.id));
    this.gone();
  }

  /** The client is gone. */
  drop(): void {
    this.#isOver = true;
    this.gone();
  }

  /** The pipeline has ended the stream while there was no room; asked for the next answer, it says why. */
  reset(): void {
    this.#goOn?.();
  }

  #read(): Message | undefined {
    const { pipeline } = this.#tools;
    const { plan } = this.#method;
    try {
      return this.#method.read(this.#frame.request, this.#frame.resumeToken);
    } catch (reason) {
      // It has its own words; the log is told all the same.
      const known = reason instanceof RestError;
      const refused = pipeline.refuse(
        plan,
        this,
        known ? runtimeFailure('INVALID_ARGUMENT', reason.message) : reason,
      );
      this.#fail(known ? reason : refused);
      return undefined;
    }
  }

  #room(): Promise<void> {
    return new Promise((resolve) => {
      this.#goOn = resolve;
      this.#target.outlet.whenRoom(resolve);
    });
  }

  #fail(reason: unknown): void {
    const { errors, errorReader, logger } = this.#tools;
    if (!(reason instanceof CallFailure || reason instanceof ConnectError || reason instanceof RestError)) {
      logger.error({ err: reason, trace_id: this.traceId }, 'a stream could not be sent');
    }
    // What ended the stream while nobody read comes as it was thrown.
    const told = reason instanceof CallFailure ? toStatus(errors, reason, this.traceId).error : reason;
    this.#finish(() => errorFrame(this.id, errorReader.thrown(told), this));
  }

  #finish(last: () => string): void {
    if (!this.#isOver) {
      this.#isOver = true;
      this.#target.outlet.send(last());
      this.#target.ended(this);
    }
  }
}
