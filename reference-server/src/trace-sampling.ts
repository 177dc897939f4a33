import type { DescMethod } from '@bufbuild/protobuf';
import { InventoryService, ReservationService } from '@traffic-tacos/contracts/reservation/v1';
import { Auth, policyOf } from '@traffic-tacos/policy';
import type { Settings } from './config/index.ts';

/** Which share of a method's traces is recorded: those of reservations have one of their own. */
export function traceSampling(
  settings: Pick<Settings, 'traceShare' | 'traceShareReservations'>,
): (method: DescMethod) => number {
  return (method) => (isAboutReservations(method) ? settings.traceShareReservations : settings.traceShare);
}

function isAboutReservations(method: DescMethod): boolean {
  switch (method.parent.typeName) {
    case ReservationService.typeName:
      return true;
    case InventoryService.typeName:
      // What holds, sells and frees seats; everybody else only looks.
      return policyOf(method).auth === Auth.SERVICE;
    default:
      return method.name.includes('Reservation');
  }
}
