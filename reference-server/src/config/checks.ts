import { isIP } from 'node:net';

/** A scheme, a host and perhaps a port; schemes of browser extensions and of apps included. */
const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[^/?#@\\\s*,]+$/;

/** Whether a text is an origin as browsers send it. */
export function isWebOrigin(text: string): boolean {
  if (!ORIGIN.test(text) || !URL.canParse(text)) {
    return false;
  }
  const { origin, protocol } = new URL(text);
  return (protocol !== 'https:' && protocol !== 'http:') || origin === text;
}

/** Whether keys from there can be trusted: nobody on the way can put others in their place. */
export function isKeySetUrl(text: string): boolean {
  if (!URL.canParse(text)) {
    return false;
  }
  const { protocol, hostname } = new URL(text);
  return protocol === 'https:' || (protocol === 'http:' && isLoopback(hostname));
}

/** Whether a host name or address is reached from this machine alone. */
export function isLoopback(host: string): boolean {
  return ['localhost', '[::1]', '::1'].includes(host) || /^127(\.\d+){3}$/.test(host);
}

/** Whether a text is an IP address, or a network such as `10.0.0.0/8`. */
export function isAddressOrNetwork(text: string): boolean {
  const [address = '', prefix, ...more] = text.split('/');
  const version = isIP(address);
  const isPrefix =
    prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128));
  return version !== 0 && isPrefix && more.length === 0;
}

/** Whether a text is a name in a certificate: a URI, `CN=` and a common name, or a host name. */
export function isServiceName(text: string): boolean {
  return (
    (text.includes('://') && URL.canParse(text)) ||
    /^CN=./.test(text) ||
    /^[a-z0-9*]([a-z0-9.-]*[a-z0-9])?$/i.test(text)
  );
}

/** Whether a text is a host as URLs have it, with a port or without. */
export function isCallbackHost(text: string): boolean {
  if (!URL.canParse(`https://${text}`)) {
    return false;
  }
  const { host, hostname, username, pathname, search, hash } = new URL(`https://${text}`);
  return (
    username === '' &&
    pathname === '/' &&
    search === '' &&
    hash === '' &&
    (host === text || hostname === text || text === `${hostname}:443`)
  );
}
