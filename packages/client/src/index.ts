export { ErrorCode, type Money, type Seat } from '@traffic-tacos/contracts/common/v1';
export { PaymentMethod, PaymentScenario } from '@traffic-tacos/contracts/payment/v1';
export {
  type Admitted,
  type Booking,
  type BookingRequest,
  type BookingStep,
  type ChooseSeats,
  type Confirmed,
  createBook,
  type Joined,
  type Paid,
  type Paying,
  type PaymentChoice,
  type Reserved,
  type SeatChoice,
  type SeatsChosen,
  type SeatWish,
  type Waiting,
} from './booking/index.ts';
export { createClients, type TacosClients } from './clients.ts';
export { errors, isTacosError, TacosError, type TacosErrorCode, toTacosError } from './errors.ts';
export type { TacosClient, TacosClientOptions } from './tacos-client.ts';
