import type { Caller } from '@traffic-tacos/server';

/**
 * Whether a caller may see and change what belongs to `ownerId`. A user may for their own; a caller who acts
 * for anyone may for all, or only for the user named in the request.
 *
 * @param actingFor The request's user id, as the runtime has filled it.
 */
export function mayAccess(caller: Caller, actingFor: string, ownerId: string): boolean {
  if (!caller.actsForAnyone) {
    return caller.id === ownerId;
  }
  return actingFor === '' || actingFor === caller.id || actingFor === ownerId;
}
