import type { Attempt, Delivery, Standing } from '../../../domain/webhook/index.ts';
import { type Item, put, type Write } from '../../../store/index.ts';
import { RECEIVER_KEPT_MS } from '../../shared/kept.ts';
import { type Receiver, receiverTable } from '../tables.ts';

/** The standing of a receiver. @param waiting - deliveries that wait for it */
export function standingOf(
  receiver: Item<Receiver> | undefined,
  waiting: readonly Item<Delivery>[],
): Standing {
  const isRegistered = waiting.some(({ value }) => value.registrationId !== undefined);
  return receiver?.value.standing ?? (isRegistered ? 'doubtful' : 'unknown');
}

/** The write that keeps what a try says of a receiver; none where that is known. */
export function learned(
  destination: string,
  known: Item<Receiver> | undefined,
  { kind }: Attempt,
  now: number,
): Write[] {
  if (kind === 'failed' && known?.value.standing !== 'proven') {
    return [];
  }
  const standing = kind === 'delivered' ? 'proven' : 'doubtful';
  const isFresh = (known?.expiresAt ?? 0) - now > RECEIVER_KEPT_MS / 2;
  return isFresh && known?.value.standing === standing
    ? []
    : [put(receiverTable, destination, { standing }, { expiresAt: now + RECEIVER_KEPT_MS })];
}
