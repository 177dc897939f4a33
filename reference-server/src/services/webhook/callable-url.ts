import { refuse } from '@traffic-tacos/server';
import {
  type CallbackRefusal,
  type CallbackRules,
  type CheckedUrl,
  checkCallbackUrl,
} from '../../domain/webhook/index.ts';

/**
 * An address that a request wants to be called.
 *
 * @param field - of the request, for the refusal
 * @throws CallFailure INVALID_ARGUMENT
 */
export function callableUrl(
  text: string,
  field: string,
  rules: CallbackRules,
): Extract<CheckedUrl, { ok: true }> {
  const checked = checkCallbackUrl(text, rules);
  if (!checked.ok) {
    throw refuse('INVALID_ARGUMENT', `${field} ${WHY[checked.reason]}`, [{ field, reason: checked.reason }]);
  }
  return checked;
}

const WHY: Readonly<Record<CallbackRefusal, string>> = {
  NOT_A_URL: 'is no URL; expected one such as https://example.com/hooks',
  NOT_HTTPS: 'is not https; expected https, or http to a host that this server allows',
  HAS_CREDENTIALS: 'has a user name or password in it; leave them out',
  HOST_TOO_LONG: 'has a host name of more than 253 characters',
  NOT_PUBLIC: 'names a host that is not on the public internet, and that this server does not allow',
};
