/** Settings of the waiting rooms; those that an administrator may change while they run are functions. */
export interface QueueSettings {
  /** Buyers of one event let in each minute, where the event does not say. */
  admissionRatePerMinute(): number;
  /** Buyers of one event who may be inside at a time: asked for a token, have one, or have a hold. */
  maxActiveBuyers(): number;
  /** Buyers who may wait for one event; the next ones are refused. */
  maxWaiting(): number;
  /**
   * Places in the draw of one event that buyers get who have proven nothing and come from the same origin: each is a
   * lot. Default: any number.
   */
  maxEarlyPerOrigin?(): number;
  /** Whether nobody is to be let in from the line of an event for the time being. Default: never. */
  isStopped?(eventId: string): boolean;
  /** How much of the admission rate is let in while the services behind are slow, 0 to 1. Default: all. */
  admissionShare?(): number;
  /** Milliseconds after which a waiting place lapses that nobody asks for. */
  readonly waitingTtlMs: number;
  /** Milliseconds somebody whose turn has come has to ask for a reservation token. */
  readonly readyTtlMs: number;
  /** Milliseconds a reservation token lives. */
  readonly tokenTtlMs: number;
}

/** The platform's times. */
export const defaultQueueTimes = {
  waitingTtlMs: 120_000,
  readyTtlMs: 60_000,
  tokenTtlMs: 30_000,
} as const satisfies Partial<QueueSettings>;
