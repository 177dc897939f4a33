import { endOfHold, type Hold } from '../../domain/inventory/hold.ts';
import { type Condition, put, type Write } from '../../store/index.ts';
import { HOLD_KEPT_MS } from '../shared/kept.ts';
import { holdTable } from './tables.ts';

/** The write of a hold. One that has bought seats stays; any other goes some time after its end, seen by anybody or not. */
export function putHold(hold: Hold, condition: Condition): Write {
  const end = endOfHold(hold);
  const kept = end === undefined ? {} : { expiresAt: end + HOLD_KEPT_MS };
  return put(holdTable, hold.reservationId, hold, { if: condition, ...kept });
}
