export {
  type ReservationPass,
  type ReservationTokens,
  reservationTokens,
  type VerifiedReservationPass,
} from './reservation-token.ts';
export { type SeatMapPosition, seatMapTokens } from './seat-map-token.ts';
export type { TokenSecret, TokenSigner, Verified } from './signed-token.ts';
export { type PlaceId, waitingTokens } from './waiting-token.ts';
