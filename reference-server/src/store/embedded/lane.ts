/** Who waits for an answer. */
export interface Waiting<A> {
  readonly resolve: (answer: A) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Requests of one kind on their way to the worker. Those of one turn of the event loop travel together; while a message is
 * under way, the next one gathers. With two under way each would be half as large: a commit more, and nobody sooner.
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
 */
export function createLane<Q, A>(send: (requests: readonly Q[]) => void): Lane<Q, A> {
  let requests: Q[] = [];
  let gathered: Waiting<A>[] = [];
  const underWay: (readonly Waiting<A>[])[] = [];
  let scheduled = false;

  function flush(): void {
    if (requests.length === 0) {
      return;
    }
    const message = requests;
    underWay.push(gathered);
    requests = [];
    gathered = [];
    send(message);
  }

  function flushIfFree(): void {
    if (underWay.length === 0) {
      flush();
    }
  }

  function endOfTurn(): void {
    scheduled = false;
    flushIfFree();
  }

  return {
    flush,
    add(request, waiting) {
      requests.push(request);
      gathered.push(waiting);
      if (!scheduled) {
        scheduled = true;
        setImmediate(endOfTurn);
      }
    },
    answered(answers) {
      const done = underWay.shift() ?? [];
      // Before the callers go on, so that the worker has something to do meanwhile.
      flushIfFree();
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
