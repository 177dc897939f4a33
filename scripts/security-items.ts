/** One thing that must hold of the platform. */
export interface SecurityItem {
  /** What must hold, in short. */
  readonly holds: string;
  /** What of it has no test yet, and why; missing where every part has one. */
  readonly open?: string;
}

/**
 * What must hold, by the numbers that names of tests carry: `SECURITY 26: …`. An item without `open` is proven, and
 * stays so: `security.test.ts` fails where its last test goes.
 */
export const securityItems: Readonly<Record<number, SecurityItem>> = {
  1: { holds: 'algorithms of tokens are explicit; none, confused and foreign ones are refused' },
  2: { holds: 'iss, aud, exp, nbf and sub are required; clocks differ by 60 s at most' },
  3: { holds: 'an unknown kid refetches the key set once per cool-down; a removed key ends within 10 min' },
  4: { holds: 'while the key set is unreachable known keys work, unknown ones are UNAUTHENTICATED' },
  5: { holds: 'the memory of verified tokens is bounded and ends with exp' },
  6: { holds: 'every RPC has a row for every kind of caller' },
  7: { holds: 'another’s reservation or payment is NOT_FOUND' },
  8: { holds: 'no answer has another’s ids; a seat map has statuses only' },
  9: { holds: 'a reservation token works for its event and buyer, once' },
  10: { holds: 'an idempotency key belongs to its caller and method' },
  11: { holds: 'the same key with other content is IDEMPOTENCY_CONFLICT, without effect' },
  12: { holds: 'identical calls at once have one effect and equal answers' },
  13: { holds: 'replay survives a restart' },
  14: { holds: 'keys are 255 printable characters at most; strict asks for UUIDs' },
  15: { holds: 'requests are 1 MiB at most, counted after decompression; bombs leave memory flat' },
  16: { holds: 'deadlines are 30 s at most, whatever the client asks' },
  17: { holds: 'headers, their time, requests’ time, streams and memory of a connection are bounded' },
  18: { holds: 'a storm of resets ends its connection; ordinary cancellation does not' },
  19: { holds: 'costly calls are limited by caller and address; X-Forwarded-For counts behind proxies only' },
  20: { holds: 'streams of a caller are bounded, idle ones end' },
  21: { holds: 'under twice the load latency holds; polling is shed first, confirming and webhooks last' },
  22: { holds: 'ticket limits of a user hold under concurrency' },
  23: { holds: 'joining again gives the same place' },
  24: { holds: 'signatures are compared in constant time over the raw bytes' },
  25: { holds: 'webhooks are fresh for 300 s, taken once, and signed by a secret in use' },
  26: { holds: 'callback addresses are https, public, checked and pinned' },
  27: { holds: 'answers of receivers are cut at 64 KiB; a slow one holds up nobody' },
  28: { holds: 'paid with another amount, currency or reservation changes nothing' },
  29: { holds: 'CORS is by allow-list, with every header that is needed, never * with credentials' },
  30: { holds: 'GET calls only what has no side effects' },
  31: { holds: 'where client certificates are required, there is no handshake without' },
  32: { holds: 'errors show no stack, statement or path' },
  33: {
    holds: 'secrets come from environment or files, are masked in logs; strict takes no development secret',
  },
  34: { holds: 'every door passes the same authorizer' },
  35: { holds: 'card numbers and CVV are in no store, log, trace or event' },
  36: {
    holds: 'packages run no install scripts, carry provenance and pass the audit',
    open: 'no package is published',
  },
};
