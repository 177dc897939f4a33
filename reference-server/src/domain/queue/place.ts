/** What has become of a place. Times are epoch milliseconds. */
export type Place =
  | {
      readonly state: 'WAITING';
      /** From 1; 0 as long as the draw is still to come. */
      readonly position: number;
      /** Seconds until the turn; -1 when the line moves too slowly to tell. */
      readonly etaSeconds: number;
      /** When it lapses unless somebody asks for it. */
      readonly expiresAt: number;
      /** Milliseconds after which asking again is worth it. */
      readonly nextPollMs: number;
    }
  | {
      readonly state: 'READY';
      /** By when admission is to be requested. */
      readonly expiresAt: number;
      readonly nextPollMs: number;
    }
  /** `USED`: a reservation was made with it. `LAPSED`: nobody asked for it in time. */
  | { readonly state: 'EXPIRED'; readonly reason: 'LAPSED' | 'USED'; readonly endedAt: number }
  | { readonly state: 'LEFT'; readonly endedAt: number };

/** How a line treats those in it. Milliseconds, whole seconds at best. */
export interface LineTimes {
  /** After which a waiting place lapses that nobody asks for. */
  readonly waitingTtlMs: number;
  /** In which somebody whose turn has come may ask for a reservation token. */
  readonly readyTtlMs: number;
}

/** How many a line lets in. */
export interface LineRules {
  /** Buyers a minute; 0 lets in nobody. */
  readonly ratePerMinute: number;
  /** Buyers inside at a time. */
  readonly maxActive: number;
  /** Lets in nobody for the time being. Places are kept. */
  readonly paused: boolean;
  /** When those who came early can expect the draw, in epoch milliseconds. */
  readonly drawAt?: number | undefined;
  /** How much of the rate is let in while the services behind are slow, from 0 to 1. Default: 1. */
  readonly share?: number | undefined;
}

/** A line in numbers. */
export interface LineStats {
  readonly waiting: number;
  readonly active: number;
  readonly maxActive: number;
  /** Buyers that may be let in each minute. */
  readonly ratePerMinute: number;
  /** Whether nobody is let in for the time being. */
  readonly paused: boolean;
  /** Admitted since the line opened. */
  readonly admitted: number;
  readonly admittedLastMinute: number;
  /** Mean wait of those admitted of late; `undefined` when nobody was. */
  readonly meanWaitMs: number | undefined;
}
