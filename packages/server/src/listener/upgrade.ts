import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

/** Takes over connections whose client wants to speak WebSocket on them. */
export interface UpgradeHandler {
  /**
   * Takes a connection over, or refuses to: it answers and ends it either way.
   *
   * @param head - what has come behind the request
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Connections end with what they are doing; no further ones are taken. */
  drain(): void;
}

/** Whether a client wants to speak WebSocket from here on. */
export function wantsWebSocket({ headers }: IncomingMessage): boolean {
  return (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');
}

/** What only says that another protocol would be welcome. */
const OFFERS: ReadonlySet<string> = new Set(['connection', 'upgrade', 'http2-settings']);

/**
 * The bytes of a request as if its client had offered no other protocol, `h2c` for one: a server may ignore such an
 * offer, but `node:http` stops reading at it as soon as there are upgrades at all.
 */
export function withoutOffer(request: IncomingMessage, head: Buffer): Buffer {
  const { method, url, httpVersion, rawHeaders, headers } = request;
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? '';
    if (!OFFERS.has(name.toLowerCase())) {
      lines.push(`${name}: ${rawHeaders[at + 1]}`);
    }
  }
  const kept = (headers.connection ?? '')
    .split(',')
    .map((option) => option.trim())
    .filter((option) => option !== '' && !OFFERS.has(option.toLowerCase()));
  if (kept.length > 0) {
    lines.push(`connection: ${kept.join(', ')}`);
  }
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), head]);
}
