import type { Message } from '@bufbuild/protobuf';
import type { Caller } from '../caller.ts';
import { runtimeFailure } from '../errors/runtime-code.ts';
import { fieldsOf } from './fields.ts';
import type { MarkedField } from './marks.ts';

/** The user id a caller stands for; services are no users, whatever their id. */
export function userIdOf(caller: Caller): string | undefined {
  return caller.kind === 'service' || caller.kind === 'anonymous' ? undefined : caller.id;
}

/** The user a request names, or an empty string. */
export function namedPrincipal(request: Message, field: MarkedField): string {
  return (fieldsOf(request)[field.localName] as string | undefined) ?? '';
}

/**
 * Fills the request's user from the caller where it is empty, and refuses another's.
 *
 * @throws CallFailure FORBIDDEN for another's id, UNAUTHENTICATED when nobody knows who calls.
 */
export function bindPrincipal(request: Message, field: MarkedField, caller: Caller): void {
  const named = namedPrincipal(request, field);
  const own = userIdOf(caller);
  if (named === '') {
    if (own !== undefined) {
      fieldsOf(request)[field.localName] = own;
    }
  } else if (named !== own && !caller.actsForAnyone) {
    if (caller.kind === 'anonymous') {
      throw runtimeFailure('UNAUTHENTICATED', `${field.name} names a user, which needs credentials`, [
        { field: field.name, reason: 'CREDENTIALS_REQUIRED' },
      ]);
    }
    throw runtimeFailure('FORBIDDEN', `${field.name} is not the caller; leave it out or name the caller`, [
      { field: field.name, reason: 'NOT_THE_CALLER' },
    ]);
  }
}
