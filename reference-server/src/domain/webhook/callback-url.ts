import { addressClass } from './address-class.ts';

/** Who may be called although they are not on the public internet, or do not speak TLS. */
export interface CallbackRules {
  /** Hosts, or hosts with a port: `localhost`, `10.1.2.3:8443`, `[::1]`. In lower case. */
  readonly allowedHosts: readonly string[];
}

/** An address that may be called, or why it may not. */
export type CheckedUrl =
  | { readonly ok: true; readonly url: URL; readonly isAllowedHost: boolean }
  | { readonly ok: false; readonly reason: CallbackRefusal };

/** Why an address is not called. */
export type CallbackRefusal = 'NOT_A_URL' | 'NOT_HTTPS' | 'HAS_CREDENTIALS' | 'HOST_TOO_LONG' | 'NOT_PUBLIC';

/** Longest host name of the DNS. */
const MAX_HOST = 253;

/**
 * Whether an address may be called, as far as its text tells: where its name leads is found out when it is called.
 */
export function checkCallbackUrl(text: string, { allowedHosts }: CallbackRules): CheckedUrl {
  if (!URL.canParse(text)) {
    return { ok: false, reason: 'NOT_A_URL' };
  }
  const url = new URL(text);
  const isAllowedHost = allowedHosts.includes(url.hostname) || allowedHosts.includes(url.host);
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isAllowedHost)) {
    return { ok: false, reason: 'NOT_HTTPS' };
  }
  if (url.username !== '' || url.password !== '') {
    return { ok: false, reason: 'HAS_CREDENTIALS' };
  }
  if (url.hostname.length > MAX_HOST) {
    return { ok: false, reason: 'HOST_TOO_LONG' };
  }
  if (!isAllowedHost && !mayBePublic(url.hostname)) {
    return { ok: false, reason: 'NOT_PUBLIC' };
  }
  return { ok: true, url, isAllowedHost };
}

function mayBePublic(hostname: string): boolean {
  const kind = addressClass(hostname.replace(/^\[|\]$/g, ''));
  if (kind !== 'no address') {
    return kind === 'public';
  }
  const name = hostname.replace(/\.$/, '');
  return (
    name !== 'localhost' &&
    !name.endsWith('.localhost') &&
    !name.endsWith('.internal') &&
    !name.endsWith('.local')
  );
}
