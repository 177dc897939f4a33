/** How answers are made safe to look at in a browser. */
export interface SecurityOptions {
  /** Whether answers leave over TLS. Only then HSTS has a meaning. */
  readonly tls: boolean;
}

/** Two years, what browsers' preload lists ask for. */
const HSTS = 'max-age=63072000; includeSubDomains';

/** Nothing of an answer that is data may be run, shown or framed; so nothing in it sends a referrer, either. */
const POLICY = "default-src 'none'; frame-ancestors 'none'";

/**
 * What every HTTP answer carries: names in lower case and values in turn. gRPC's own answers (`application/grpc…`) do
 * without: no browser shows them. Pages that need more than data bring their own `content-security-policy` instead.
 */
export function securityHeaders({ tls }: SecurityOptions): readonly string[] {
  return Object.freeze([
    'x-content-type-options',
    'nosniff',
    'x-frame-options',
    'DENY',
    ...(tls ? ['strict-transport-security', HSTS] : []),
    'content-security-policy',
    POLICY,
  ]);
}
