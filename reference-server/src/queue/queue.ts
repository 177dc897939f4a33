import type { LineStats, Place } from '../domain/queue/index.ts';
import type { PlaceId, ReservationPass } from '../domain/token/index.ts';
import type { Write } from '../store/index.ts';

/** What an event says about its line. */
export interface QueueRules {
  /** Buyers let in each minute; `undefined` leaves it to the platform, 0 lets in nobody. */
  readonly ratePerMinute: number | undefined;
  /** Whether those let in could buy anything. While not, nobody is let in, and places are kept. */
  readonly onSale: boolean;
  /** Set for an event whose early buyers are drawn. Until the seed is there, who joins waits for the draw. */
  readonly draw?: {
    /** Epoch milliseconds. */
    readonly at: number;
    /** See `drawOrder`. Once told, the same for ever. */
    readonly seed?: string | undefined;
  };
}

/**
 * Writes that keep an answer, to be committed together with its effect; called before the effect, and not at
 * all where there is none. A driver that does not share the caller's store commits them afterwards.
 */
export type Recorder<T> = (answer: T) => readonly Write[];

/** Somebody wants a place. */
export interface JoinRequest {
  readonly eventId: string;
  /** Who has proven to be this buyer. Without, the place belongs to whoever has its token. */
  readonly buyerId: string | undefined;
  /** Whether new places are given out; without, only an earlier one is found. */
  readonly open: boolean;
  /**
   * Where a buyer comes from who has proven nothing, such as a network address; `undefined` where that is not known.
   * Asked only where it decides something: see `maxEarlyPerOrigin`.
   */
  readonly origin?: () => string | undefined;
  readonly record: Recorder<Joined>;
}

/** A place, new or found. */
export interface Joined {
  readonly id: PlaceId;
  /** `WAITING` or `READY`. */
  readonly place: Place;
}

/** What came of a {@link JoinRequest}. */
export type JoinResult =
  | ({ readonly kind: 'JOINED' } & Joined)
  /** No new places are given out, and there is no earlier one. */
  | { readonly kind: 'CLOSED' }
  /** So many wait that nobody else may. */
  | { readonly kind: 'FULL' }
  /** Buyers who have proven nothing have so many places in the draw from there that they get no other one. */
  | { readonly kind: 'CROWDED' };

/** Somebody wants to be let in. */
export interface AdmissionRequest {
  readonly id: PlaceId;
  /** The buyer the place is bound to; empty for one without an id, whom only the dev profile lets in. */
  readonly buyerId: string;
  readonly record: Recorder<ReservationPass>;
}

/** What came of an {@link AdmissionRequest}. */
export type AdmissionResult =
  | { readonly kind: 'GRANTED'; readonly pass: ReservationPass }
  /** The place waits. */
  | { readonly kind: 'NOT_YET'; readonly place: Extract<Place, { state: 'WAITING' }> }
  /** The buyer has a reservation token by another place. */
  | { readonly kind: 'ADMITTED_ELSEWHERE' }
  | { readonly kind: 'OVER'; readonly place: Extract<Place, { state: 'EXPIRED' | 'LEFT' }> }
  /** The place belongs to another buyer. */
  | { readonly kind: 'NOT_THEIRS' };

/** Something about a reservation that decides whether its buyer still counts as active. Times are epoch milliseconds. */
export interface BuyerActivity {
  readonly eventId: string;
  /** Empty for one without an id. */
  readonly buyerId: string;
  readonly reservationId: string;
  /** The reservation token that was spent, where that is known. */
  readonly tokenId?: string | undefined;
  /** When it happened. */
  readonly at: number;
  /** When the hold lapses. */
  readonly holdExpiresAt: number;
}

/** How a line is emptied. */
export interface Draining {
  /** Stops it between two places. */
  readonly signal?: AbortSignal;
  /** Told now and then how many places were given up so far. */
  readonly onProgress?: (given: number) => void;
}

/** One line in numbers. */
export interface QueueStats extends LineStats {
  readonly eventId: string;
}

/**
 * The waiting rooms of all events. A place is a sequence number; lines are strictly first come, first served,
 * behind those who came early and were drawn: see `drawOrder`, with the sequence numbers as places.
 * What an answer says of joining, leaving and admission is durable by then.
 *
 * A driver that fails throws what its store throws; nothing of the call has happened then.
 */
export interface Queue {
  /**
   * Tells an event's rules; needed again after a start. A line without rules lets in nobody. Cheap when
   * nothing has changed.
   */
  follow(eventId: string, rules: QueueRules): void;
  /** Gives out a place, or finds the one the buyer has. */
  join(request: JoinRequest): Promise<JoinResult>;
  /**
   * What has become of a place. Asking keeps it. A place that nobody remembers has lapsed. A promise only where
   * something has to be waited for: nearly all calls are this one, and most of them are answered from memory.
   */
  status(id: PlaceId): Place | Promise<Place>;
  /**
   * Exchanges a place whose turn has come for the right to make one reservation, and binds it to the buyer,
   * who gives up any other place of theirs. Asked again, the same right while it lives, a new one after.
   */
  requestAdmission(request: AdmissionRequest): Promise<AdmissionResult>;
  /** Gives up a place. @returns the place as it is then. */
  leave(id: PlaceId, record: Recorder<Place>): Promise<Place>;
  /** Lets in nobody until `resume`, also after a restart. Places are kept. */
  pause(eventId: string): Promise<void>;
  resume(eventId: string): Promise<void>;
  /**
   * Gives up every place that waits now; those who were let in stay.
   *
   * @returns how many it were.
   */
  drain(eventId: string, draining?: Draining): Promise<number>;
  /** A buyer has made a reservation, or it was extended. In any order, any number of times. */
  reservationOpen(activity: BuyerActivity): Promise<void>;
  /** A reservation is no longer a hold. In any order, any number of times. */
  reservationOver(eventId: string, reservationId: string): Promise<void>;
  /** One entry for each line somebody has joined; only for one event where that is given. */
  stats(eventId?: string): Promise<readonly QueueStats[]>;
  /** Finishes what has begun; later calls are refused. */
  close(): Promise<void>;
}
