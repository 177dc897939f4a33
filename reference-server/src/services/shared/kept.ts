const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * How long is kept what a booking leaves behind that came to nothing, in milliseconds after its end: buyers still see
 * it, a provider may still report its payment, and an operator may still replay what was given up.
 */
export const UNSOLD_KEPT_MS = 30 * DAY_MS;

/**
 * The same for a hold in the inventory. It outlives its reservation: whoever still finds the reservation finds out what
 * became of its seats.
 */
export const HOLD_KEPT_MS = UNSOLD_KEPT_MS + DAY_MS;

/**
 * How long the newest payment intent of a reservation is known to be that, in milliseconds after it was made: longer
 * than a hold can last, which is an hour with everything it may be prolonged by.
 */
export const CURRENT_INTENT_KEPT_MS = DAY_MS;

/** How long a webhook that was given up can be replayed, in milliseconds. */
export const DEAD_WEBHOOK_KEPT_MS = 30 * DAY_MS;

/** How long is remembered how a receiver of webhooks has answered, in milliseconds. */
export const RECEIVER_KEPT_MS = 30 * DAY_MS;

/** How long a receiver of webhooks counts among those that a buyer has named, in milliseconds. */
export const NAMED_ADDRESS_KEPT_MS = DAY_MS;
