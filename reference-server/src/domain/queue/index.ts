export type { Admission, Timed } from './admissions.ts';
export { type BuyerKey, buyerKey } from './buyer-key.ts';
export { type Draw, drawOrder, drawSteps } from './draw.ts';
export { type EarlyGuests, earlyGuests } from './early-guests.ts';
export type { AdmissionPlan, FormerPlace, WaitingLine } from './line.ts';
export type { LineRules, LineStats, LineTimes, Place } from './place.ts';
export type { Newcomer } from './place-book.ts';
export { LEAST_SHARE, type SlowDown, slowDown } from './slow-down.ts';
export { waitingLine } from './waiting-line.ts';
