import { performance } from 'node:perf_hooks';

/** Who waits for an answer. */
export interface Waiting<A> {
  readonly resolve: (answer: A) => void;
  readonly reject: (error: Error) => void;
}

/** Requests that are worth a message of their own: with more of them each costs hardly less. */
const ENOUGH = 32;

/** Turns of the event loop in which requests gather at most, and milliseconds: a turn may be long. */
const MAX_TURNS = 8;
const MAX_MS = 2;

/**
 * Requests of one kind on their way to the worker. They gather while a message is under way, and after that as long as each
 * turn of the event loop brings more, within bounds. So a message is for many, and so is the commit that it leads to; and
 * those who are answered together go on together, through the same code. A request alone leaves at the end of the turn after
 * its own.
 */
export interface Lane<Q, A> {
  /** Adds a request to the message that is being gathered. */
  add(request: Q, waiting: Waiting<A>): void;
  /** Takes the answers to the oldest message under way. */
  answered(answers: ArrayLike<A>): void;
  /** Sends what is gathered, whatever is under way. */
  flush(): void;
  /** Ends the wait of everyone. */
  fail(error: Error): void;
}

/**
 * Creates a {@link Lane}.
 *
 * @param send - sends one message.
 * @param now - milliseconds of a clock that never goes back.
 */
export function createLane<Q, A>(
  send: (requests: readonly Q[]) => void,
  now: () => number = () => performance.now(),
): Lane<Q, A> {
  let requests: Q[] = [];
  let gathered: Waiting<A>[] = [];
  const underWay: (readonly Waiting<A>[])[] = [];
  let scheduled = false;
  let turns = 0;
  let gatheringSince = 0;
  /** Requests that were there when the last turn ended. */
  let before = 0;

  function flush(): void {
    turns = 0;
    before = 0;
    if (requests.length === 0) {
      return;
    }
    const message = requests;
    underWay.push(gathered);
    requests = [];
    gathered = [];
    send(message);
  }

  function gather(): void {
    if (!scheduled && underWay.length === 0) {
      if (turns === 0) {
        gatheringSince = now();
      }
      scheduled = true;
      setImmediate(endOfTurn);
    }
  }

  function endOfTurn(): void {
    scheduled = false;
    if (underWay.length > 0) {
      return;
    }
    turns++;
    const isLong = turns >= MAX_TURNS || now() - gatheringSince >= MAX_MS;
    if (isLong || requests.length === before || requests.length >= ENOUGH) {
      flush();
    } else {
      before = requests.length;
      gather();
    }
  }

  return {
    flush,
    add(request, waiting) {
      requests.push(request);
      gathered.push(waiting);
      gather();
    },
    answered(answers) {
      const done = underWay.shift() ?? [];
      if (requests.length >= ENOUGH && underWay.length === 0) {
        // Before the callers go on, so that the worker has something to do meanwhile.
        flush();
      } else if (requests.length > 0) {
        gather();
      }
      for (const [position, { resolve }] of done.entries()) {
        resolve(answers[position] as A);
      }
    },
    fail(error) {
      const everyone = [...underWay.splice(0).flat(), ...gathered.splice(0)];
      requests = [];
      for (const { reject } of everyone) {
        reject(error);
      }
    },
  };
}
