import type { BookingStep, Confirmed } from './step.ts';

/**
 * A booking. It begins when it is iterated, or when its result is asked for, and goes on while it is: a place in
 * line is kept only by asking for it, so the body of the loop must not wait for long before it is admitted.
 *
 * Leaving the loop early, by `break` or by an error, gives back what the booking holds, as aborting the request's
 * signal does. A ticket that is paid stays.
 */
export interface Booking extends AsyncIterable<BookingStep, void, undefined> {
  /**
   * Goes through all steps.
   *
   * @throws TacosError what iterating throws: why there is no ticket, after everything has been given back.
   */
  result(): Promise<Confirmed>;
}
