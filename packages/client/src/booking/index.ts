export { createBook } from './book.ts';
export type { Booking } from './booking.ts';
export type { BookingRequest, ChooseSeats, PaymentChoice, SeatChoice, SeatWish } from './request.ts';
export type {
  Admitted,
  BookingStep,
  Confirmed,
  Joined,
  Paid,
  Paying,
  Reserved,
  SeatsChosen,
  Waiting,
} from './step.ts';
