import type { DomainEvent } from '../../events/index.ts';
import { MAINTENANCE, type Switches } from '../../live/index.ts';
import type { Step } from './emergency-kinds.ts';

/** What others are told of a step that begins or ends maintenance; `undefined` for one that leaves it as it is. */
export function maintenanceEvent(
  { on, off }: Pick<Step, 'on' | 'off'>,
  switches: Pick<Switches, 'isOn'>,
  { id, at }: Pick<DomainEvent, 'id' | 'at'>,
): DomainEvent | undefined {
  const was = switches.isOn(MAINTENANCE);
  if (on === MAINTENANCE && !was) {
    return { id, name: 'maintenance.began', at, eventId: '' };
  }
  return off?.(MAINTENANCE) && was ? { id, name: 'maintenance.ended', at, eventId: '' } : undefined;
}
