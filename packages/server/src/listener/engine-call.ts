import type { HttpReader, HttpReceiver } from '../dispatch/index.ts';
import { Body } from './body.ts';
import type { BodyBudget } from './body-budget.ts';
import type { Target } from './target.ts';
import type { Timed, Watch } from './watch.ts';

/** What keeps all calls of a server within their limits. */
export interface CallKeepers {
  readonly watch: Watch;
  readonly budget: BodyBudget;
}

/** What the requests of all engines have in common: their target, and a body that arrives. */
export abstract class EngineCall implements Timed {
  readonly method: string;
  readonly path: string;
  readonly query: string;
  since = 0;
  nextTimed: Timed | undefined = undefined;
  previousTimed: Timed | undefined = undefined;
  /** Told about the body; `undefined` once it wants no more of it. */
  receiver: HttpReceiver | undefined = undefined;
  /** Wants nothing of the body, or reads it by itself; is told when the client is gone. */
  protected reader: Pick<HttpReader, 'gone'> | undefined = undefined;
  protected readonly watch: Watch;
  isAnswered = false;
  /** The answer comes in pieces, and there are more to come. */
  protected isOpen = false;
  readonly #body: Body;
  readonly #budget: BodyBudget;

  constructor(method: string, { path, query }: Target, { watch, budget }: CallKeepers) {
    this.method = method;
    this.path = path;
    this.query = query;
    this.watch = watch;
    this.#budget = budget;
    this.#body = new Body(budget);
  }

  /** Tears the answer down. */
  abstract reset(): void;

  timedOut(): void {
    this.reset();
  }

  /** A piece of the body has come. */
  data(chunk: Buffer): void {
    const { receiver } = this;
    if (receiver === undefined) {
      return;
    }
    const isFirst = this.#body.bytes === 0;
    this.#body.push(chunk);
    if (this.#body.bytes > receiver.maxBodyBytes) {
      this.receiver = undefined;
      // What still comes is thrown away, for as long as an answer may take to leave: a reset would overtake it.
      receiver.overflowed(this.#body.take());
    } else if (this.#budget.isExceeded) {
      // Most bodies have one piece, and are complete before then.
      if (isFirst) {
        setImmediate(crowdOut, this);
      } else {
        this.crowdOut();
      }
    }
  }

  /** A body that has not arrived by now is one too many. */
  crowdOut(): void {
    const { receiver } = this;
    if (receiver !== undefined && this.#body.isHeld && this.#budget.isExceeded) {
      this.receiver = undefined;
      this.#body.drop();
      receiver.crowdedOut();
    }
  }

  /** The body is complete. */
  end(): void {
    this.receiver?.received(this.#body.take());
  }

  /** There is nothing more to come or to send. */
  closed(): void {
    this.watch.pause(this);
    this.#body.drop();
    if (!this.isAnswered || this.isOpen) {
      this.receiver?.gone();
      this.reader?.gone();
    }
    // Node may still hold pieces of the body.
    this.receiver = undefined;
    this.reader = undefined;
  }
}

function crowdOut(call: EngineCall): void {
  call.crowdOut();
}
