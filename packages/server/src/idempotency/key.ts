import type { Message } from '@bufbuild/protobuf';
import { runtimeFailure } from '../errors/runtime-code.ts';
import type { Profile } from '../options.ts';
import type { CallContext } from '../pipeline/call-context.ts';
import { fieldsOf } from '../pipeline/fields.ts';

const PRINTABLE = /^[\x20-\x7e]{1,255}$/;
/** RFC 9562: of any version, in upper or lower case. */
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/**
 * The idempotency key of a request; `undefined` where there is none and none is insisted on, which the caller is
 * warned about.
 *
 * @throws CallFailure IDEMPOTENCY_REQUIRED, or INVALID_ARGUMENT for a key that is too long or not printable
 */
export function keyOf(call: CallContext, request: Message, profile: Profile): string | undefined {
  const { plan } = call;
  if (plan.key === undefined) {
    return undefined;
  }
  const { name, localName } = plan.key.field;
  const key = (fieldsOf(request)[localName] as string | undefined) ?? '';
  if (key === '') {
    if (profile.requireIdempotencyKey) {
      throw runtimeFailure(
        'IDEMPOTENCY_REQUIRED',
        `${name} is empty; expected a key that stays the same in retries`,
        [{ field: name, reason: 'KEY_REQUIRED' }],
      );
    }
    call.warn(`${name} is empty: a repeated call has a second effect`);
    return undefined;
  }
  if (!PRINTABLE.test(key)) {
    throw runtimeFailure('INVALID_ARGUMENT', `${name}: expected at most 255 printable ASCII characters`, [
      { field: name, reason: 'KEY_MALFORMED', value: `${key.length} characters` },
    ]);
  }
  if (profile.requireUuidKeys === true && call.caller.kind !== 'service' && !UUID.test(key)) {
    throw runtimeFailure(
      'INVALID_ARGUMENT',
      `${name}: expected a UUID, made anew for each thing to be done`,
      [{ field: name, reason: 'KEY_NOT_UUID', value: `${key.length} characters` }],
    );
  }
  return key;
}
