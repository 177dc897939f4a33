import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';

/** Certificates of a port. */
export interface TlsOptions {
  /** Private key, PEM. */
  readonly key: string | Buffer;
  /** Certificate chain, PEM, the server's own first. */
  readonly cert: string | Buffer;
  /** Authorities whose client certificates are accepted, PEM. Default: those of Node. */
  readonly ca?: string | Buffer | undefined;
  /**
   * `require`: a client without a valid certificate gets no connection. `accept`: it may show one, and is nobody in
   * particular if it does not. Default: none is asked for.
   */
  readonly clientCertificate?: 'require' | 'accept' | undefined;
  /** Default: TLS 1.2. */
  readonly minVersion?: SecureVersion | undefined;
}

/** The options of `node:tls`. @throws Error that names the option which cannot be used */
export function nodeTlsOptions({ key, cert, ca, clientCertificate, minVersion = 'TLSv1.2' }: TlsOptions) {
  usable('tls.cert is no certificate chain', { cert });
  usable('tls.key is no private key without a passphrase', { key });
  usable('tls.key is not the key of tls.cert', { cert, key });
  if (ca !== undefined) {
    usable('tls.ca has no certificates', { cert: ca });
  }
  return {
    key,
    cert,
    ...(ca === undefined ? {} : { ca }),
    minVersion,
    requestCert: clientCertificate !== undefined,
    rejectUnauthorized: clientCertificate === 'require',
    ALPNProtocols: ['h2', 'http/1.1'],
  };
}

function usable(refusal: string, options: SecureContextOptions): void {
  try {
    createSecureContext(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${refusal} (${why}); expected PEM`, { cause });
  }
}
